/**
 * One query to sshd, `sshd -T` or `sshd -t`. Some things that only a server needs may be missing where sshd does not run yet:
 * they are provided for the query, and removed afterwards.
 */
import { mkdirSync, rmdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Unknown } from "./effective.ts";
import { type Exec, type ExecResult, failureOf } from "./exec.ts";
import { MOUNT_HERE } from "./mount-script.ts";
import { makeScratch, RUNTIME, type Scratch } from "./scratch.ts";

export type Answer = { readonly kind: "answer"; readonly sshd: string; readonly stdout: string } | Unknown;

/**
 * Runs sshd once, or as often as it takes to provide what it lacks. Never throws.
 * @param words `-T` or `-t`, and its options
 * @param mayMakeFolder whether the directory for privilege separation may be made on the host; see Query
 */
export async function askSshd(words: readonly string[], mayMakeFolder: boolean, programs: Exec): Promise<Answer> {
  const sshd = programs.find("sshd");
  if (sshd === undefined) return unknown("no-sshd", "no sshd in /usr/sbin or another usual place");
  try {
    return await runSshd(sshd, [sshd, ...words], programs, mayMakeFolder);
  } catch (error) {
    return unknown("failed", error instanceof Error ? error.message : String(error));
  }
}

/** Returns `OpenSSH_9.2p1`. Without the option -V (openssh-versions.ts), sshd prints its version with the error message. */
export async function sshdVersion(programs: Exec): Promise<string | undefined> {
  const sshd = programs.find("sshd");
  if (sshd === undefined) return undefined;
  const { stdout, stderr } = await programs.run(sshd, ["-V"]);
  return /OpenSSH_\d+\.\d+\S*?(?=[,\s]|$)/.exec(stdout + stderr)?.[0];
}

/** Temporary provisions for a query: a host key, and the directory for privilege separation. */
interface Aids {
  key: Scratch | undefined;
  /** `shown` in a mount namespace, or `made` on the host. */
  privsepDir: { readonly folder: string; readonly kind: "shown" | "made" } | undefined;
}

/** Runs the query. If sshd lacks something that only a server needs, provides it temporarily and runs the query again. */
async function runSshd(
  sshd: string,
  question: readonly string[],
  programs: Exec,
  mayMakeFolder: boolean,
): Promise<Answer> {
  const aids: Aids = { key: undefined, privsepDir: undefined };
  try {
    for (;;) {
      const [program = sshd, ...words] = wordsWith(aids, question, programs);
      const ran = await programs.run(program, words);
      if (ran.status === 0) return { kind: "answer", sshd, stdout: withoutKey(ran.stdout, aids) };
      const flaw = await provide(aids, ran, programs, mayMakeFolder);
      if (flaw !== undefined) return flaw;
    }
  } finally {
    aids.key?.remove();
    if (aids.privsepDir?.kind === "made") removeDir(aids.privsepDir.folder);
  }
}

function wordsWith({ key, privsepDir }: Aids, question: readonly string[], programs: Exec): readonly string[] {
  const words = key === undefined ? question : [...question, "-h", join(key.path, "key")];
  return privsepDir?.kind === "shown" ? inNamespace(privsepDir.folder, words, programs) : words;
}

/** The temporary host key is not one of sshd's settings. Keywords are in lower or in mixed case (openssh-versions.ts). */
function withoutKey(stdout: string, { key }: Aids): string {
  if (key === undefined) return stdout;
  const path = join(key.path, "key");
  const isKey = (line: string) => /^hostkey /i.test(line) && line.slice("hostkey ".length) === path;
  return stdout
    .split("\n")
    .filter((line) => !isKey(line))
    .join("\n");
}

/**
 * Adds the aid that a failed query needs. A directory is first shown to sshd alone, and made on the host only if that fails.
 * @returns why there is no aid for it
 */
async function provide(
  aids: Aids,
  ran: ExecResult,
  programs: Exec,
  mayMakeFolder: boolean,
): Promise<Unknown | undefined> {
  const [, missing] = /Missing privilege separation directory: (\/\S+)/.exec(ran.stderr) ?? [];
  const { key, privsepDir } = aids;
  if (missing !== undefined && privsepDir === undefined && inNamespace(missing, [], programs).length > 0) {
    aids.privsepDir = { folder: missing, kind: "shown" };
    return undefined;
  }
  const folder = missing ?? privsepDir?.folder;
  if (mayMakeFolder && privsepDir?.kind !== "made" && folder !== undefined && !isSshdError(ran)) {
    mkdirSync(folder, { mode: 0o755 });
    aids.privsepDir = { folder, kind: "made" };
    return undefined;
  }
  if (/no hostkeys available/.test(ran.stderr) && key === undefined) {
    const made = await temporaryHostKey(programs);
    if (typeof made === "string")
      return unknown("no-host-key", `sshd has no host key that can be read, and none could be made: ${made}`);
    aids.key = made;
    return undefined;
  }
  return reasonIn(ran, programs, missing ?? (isSshdError(ran) ? undefined : privsepDir?.folder));
}

/**
 * Checks whether sshd itself reported an error other than the missing directory, not a program that provides the directory.
 */
const isSshdError = ({ stderr }: ExecResult): boolean =>
  stderr.trim() !== "" && !/^(unshare|mount|mkdir|sh|\S*\/sh):/m.test(stderr) && !/privilege separation/.test(stderr);

function removeDir(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // The directory has content now, so it stays.
  }
}

/**
 * Makes a host key that sshd never uses for a connection: without a host key, `-T` prints nothing. ECDSA, since FIPS mode
 * does not allow ED25519.
 * @returns the reason if no key can be made
 */
async function temporaryHostKey(programs: Exec): Promise<Scratch | string> {
  const keygen = programs.find("ssh-keygen");
  if (keygen === undefined) return "there is no ssh-keygen";
  const scratch = makeScratch();
  const words = ["-q", "-t", "ecdsa", "-N", "", "-f", join(scratch.path, "key")];
  const failure = failureOf("ssh-keygen", await programs.run(keygen, words), "last");
  if (failure === undefined) return scratch;
  scratch.remove();
  return failure;
}

/**
 * Debian's /run/sshd exists only after sshd has been started, and without it `sshd -T` fails. Only this one process sees it,
 * in a separate mount namespace: making it on the host could race with sshd's own start. The mount hides all of /run except
 * our scratch files, which hold the copies and the key of the query. From the working directory these can still be reached,
 * as long as mount does not turn their paths into absolute ones (-c).
 */
function inNamespace(folder: string, words: readonly string[], programs: Exec): string[] {
  const [unshare, sh] = [programs.find("unshare"), programs.find("sh")];
  if (unshare === undefined || sh === undefined) return [];
  const script = [
    MOUNT_HERE,
    'cd "$1"; mount_here -t tmpfs -o mode=0755 tmpfs "$1"; mkdir -m 0755 "$2"',
    'if [ -d "./$3" ]; then mkdir -m 0755 "$1/$3"; mount_here -c --bind "$3" "$1/$3"; fi',
    'cd /; shift 3; exec "$@"',
  ].join("\n");
  const shown = ["sh", dirname(folder), folder, basename(RUNTIME)];
  return [unshare, "--mount", "--propagation", "private", sh, "-ec", script, ...shown, ...words];
}

function reasonIn({ status, stderr, failed }: ExecResult, { root }: Exec, folder: string | undefined): Unknown {
  const said = stderr.trim().split(/\r*\n/).slice(-3).join("; ");
  if (!root && /Permission denied/i.test(stderr)) return unknown("needs-root", said);
  if (folder !== undefined) return unknown("no-privsep-folder", `${folder} is missing`);
  if (failed === undefined && said !== "") return unknown("config-invalid", said);
  return unknown("failed", failed ?? `sshd -T ended with status ${status} and said nothing`);
}

export const unknown = (why: Unknown["why"], message: string): Unknown => ({ kind: "unknown", why, message });
