/** A host for the built program: its logs are files of the test, and it has no journal. */
import { copyFileSync, mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { command, type Run, run } from "../support/agent.ts";
import { folder, inside } from "../support/host-log.ts";

export const KEY = `SHA256:${"A".repeat(43)}`;
export const CALLER = "arn:aws:sts::111122223333:assumed-role/Admin/bob@example.org";

/** Times before now, in seconds, as RFC 3339 and as traditional syslog writes them. */
export const iso = (ago: number): string => new Date(Date.now() - ago * 1000).toISOString();
export function traditional(ago: number): string {
  const [, month, date = "", , time] = new Date(Date.now() - ago * 1000).toString().split(" ");
  return `${month} ${date.replace(/^0/, " ")} ${time}`;
}

/** Lines of a login from record to end; `end` undefined: none. */
export function loginLines(
  time: (ago: number) => string,
  { ago, pid, end, user = "alice", caller = CALLER, request = "request-1" }: LoginOptions,
): string[] {
  const record = `key-offered-to-sshd user=${user} fingerprint=${KEY} caller=${caller} request_id=${request}`;
  const accepted = `Accepted publickey for ${user} from 203.0.113.7 port 50122 ssh2: ED25519 ${KEY}`;
  const lines = [
    `${time(ago + 1)} host eic-agent[9]: ${record}`,
    `${time(ago)} host sshd[${pid}]: ${accepted}`,
    `${time(ago)} host sshd[${pid}]: pam_unix(sshd:session): session opened for user ${user}(uid=1000) by (uid=0)`,
  ];
  const closed = `host sshd[${pid}]: pam_unix(sshd:session): session closed for user ${user}`;
  return end === undefined ? lines : [...lines, `${time(end)} ${closed}`];
}

export interface LoginOptions {
  readonly ago: number;
  readonly pid: number;
  readonly end?: number;
  readonly user?: string;
  readonly caller?: string;
  readonly request?: string;
}

export interface LogFile {
  readonly lines: readonly string[];
  /** Seconds since its last change. */
  readonly ago?: number;
  /** Not compressed in spite of its name. */
  readonly broken?: boolean;
}

/** Seconds for which the host has been up: two years, so that no login of a test was ended by a restart. */
const UPTIME = 2 * 365 * 24 * 3600;

/**
 * Runs `eic-agent logins` on a host with these files in /var/log; a name that ends in .gz is compressed.
 * @param uptime seconds since the host was started
 */
export async function loginsOf(
  files: Readonly<Record<string, LogFile>>,
  words: readonly string[],
  { wrapper = [], uptime = UPTIME }: { wrapper?: readonly string[]; uptime?: number } = {},
): Promise<Run> {
  const at = folder();
  mkdirSync(join(at, "log"));
  for (const [name, { lines, ago = 0, broken = false }] of Object.entries(files)) {
    const text = `${lines.join("\n")}\n`;
    const path = join(at, "log", name);
    writeFileSync(path, name.endsWith(".gz") && !broken ? gzipSync(text) : text, { mode: 0o640 });
    const changed = Date.now() / 1000 - ago;
    utimesSync(path, changed, changed);
  }
  writeFileSync(join(at, "stat"), `btime ${Math.floor(Date.now() / 1000 - uptime)}\n`);
  const setup = `mount -t tmpfs none /run; mount --bind '${join(at, "log")}' /var/log
    mount --bind '${join(at, "stat")}' /proc/stat`;
  return run(inside(setup, [...wrapper, ...command("logins", ...words)]), { COLUMNS: "100" });
}

/** Copies a program of this system under the name of sshd, so that its process has that name. */
export function asSshd(program: string, at: string): string {
  const path = join(at, "sshd");
  rmSync(path, { force: true });
  copyFileSync(program, path);
  return path;
}
