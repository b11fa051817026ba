/**
 * Measures `eic-agent logins` on the log of a host that is scanned: lines of sshd about connections that never log in, and among
 * them a few logins. Prints seconds and peak memory. As root, because the log gets the name of a real one in a mount namespace.
 *
 *     sudo tools/run node bench/logins.ts
 *     sudo tools/run node bench/logins.ts --lines 1000000 --logins 100 --program dist/eic-agent
 *     sudo tools/run node bench/logins.ts --ordinary 200000
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    lines: { type: "string", default: "1000000" },
    logins: { type: "string", default: "100" },
    ordinary: { type: "string", default: "0" },
    program: { type: "string", default: "dist/eic-agent.cjs" },
  },
});
const [lines, logins, ordinary] = [Number(values.lines), Number(values.logins), Number(values.ordinary)];
const words = values.program.endsWith(".cjs") ? [process.execPath, resolve(values.program)] : [resolve(values.program)];
/** Bounds for a million lines: seconds and MiB. */
const BOUNDS = { seconds: 5, memory: 150 };

function measure(options: readonly string[]): void {
  // The folder of the log alone: the journal of this machine, if it has one, must not be read.
  const setup = `mount -t tmpfs none /run; mount --bind '${folder}' /var/log; exec "$@"`;
  const timed = ["/usr/bin/env", "time", "-f", "%e %U %M", ...words, "logins", ...options];
  const command = ["--mount", "--propagation", "private", "sh", "-ec", setup, "sh", ...timed];
  const { status, stdout, stderr } = spawnSync("unshare", command, { encoding: "utf8", maxBuffer: 2 ** 30 });
  const [seconds = Number.NaN, processor = Number.NaN, kilobytes = Number.NaN] =
    stderr.trim().split("\n").at(-1)?.split(" ").map(Number) ?? [];
  if (status !== 0) throw new Error(stderr);
  const found = (JSON.parse(stdout) as { logins: unknown[] }).logins.length;
  const memory = Math.round(kilobytes / 1024);
  const isHeld = seconds < BOUNDS.seconds && memory < BOUNDS.memory;
  process.stdout.write(
    `logins ${options.join(" ")}: ${found} found, ${seconds} s (${processor} s of processor), ${memory} MiB at the peak` +
      `${isHeld ? "" : `: NOT HELD: ${BOUNDS.seconds} s, ${BOUNDS.memory} MiB`}\n`,
  );
  if (!isHeld) process.exitCode = 1;
}

/** Writes the log; returns its bytes. */
function writeLog(path: string): number {
  const file = openSync(path, "w");
  const start = Date.now() - 12 * 3_600_000;
  let size = 0;
  let block = "";
  const add = (i: number, text: string) => {
    block += `${new Date(start + i * 40).toISOString().replace("Z", "000+00:00")} ip-10-0-0-7 ${text}\n`;
  };
  for (let i = 0; i < lines; i += 1) {
    if (logins > 0 && i % Math.floor(lines / logins) === 0) addLogin(i, add);
    else if (ordinary > 0 && i % Math.floor(lines / ordinary) === 0) add(i, acceptedLine("deploy", i, "B"));
    else add(i, NOISE[i % NOISE.length]?.(i) ?? "");
    if (block.length < 2 ** 20 && i < lines - 1) continue;
    size += writeSync(file, block);
    block = "";
  }
  closeSync(file);
  return size;
}

function addLogin(i: number, add: (i: number, text: string) => void): void {
  const record = `eic-agent[77]: key-offered-to-sshd user=alice fingerprint=SHA256:${"A".repeat(43)} caller=arn:aws:sts::111122223333:assumed-role/Admin/bob request_id=r-${i}`;
  add(i, record);
  add(i, record);
  add(i, acceptedLine("alice", i, "A"));
  add(i + 1, `sshd[${10_000 + (i % 4_000_000)}]: pam_unix(sshd:session): session closed for user alice`);
}

const acceptedLine = (user: string, i: number, key: string): string =>
  `sshd[${10_000 + (i % 4_000_000)}]: Accepted publickey for ${user} from 203.0.113.7 port ${1024 + (i % 60_000)} ssh2: ED25519 SHA256:${key.repeat(43)}`;

/** As OpenSSH 9.2 logs them. */
const NOISE: readonly ((i: number) => string)[] = [
  (i) => `sshd[${i}]: Invalid user admin${i % 977} from 198.51.100.${i % 250} port ${1024 + (i % 60_000)}`,
  (i) =>
    `sshd[${i}]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=198.51.100.${i % 250}`,
  (i) =>
    `sshd[${i}]: Failed password for invalid user admin${i % 977} from 198.51.100.${i % 250} port ${1024 + (i % 60_000)} ssh2`,
  (i) => `sshd[${i}]: Received disconnect from 198.51.100.${i % 250} port ${1024 + (i % 60_000)}:11: Bye Bye [preauth]`,
  (i) =>
    `sshd[${i}]: Disconnected from authenticating user root 198.51.100.${i % 250} port ${1024 + (i % 60_000)} [preauth]`,
];

const folder = mkdtempSync(join(tmpdir(), "eic-logins-"));
try {
  const size = writeLog(join(folder, "auth.log"));
  process.stdout.write(
    `${lines} lines, ${Math.round(size / 2 ** 20)} MiB, ${logins} logins, ${ordinary} with ordinary keys\n`,
  );
  for (const options of [["--json"], ["--json", "--all"]]) measure(options);
} finally {
  rmSync(folder, { recursive: true });
}
