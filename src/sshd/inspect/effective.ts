/**
 * What sshd says is in force: `sshd -T`, with `-C` also for one user's connection. sshd is its own best reader: what
 * Match blocks, Include and the command line make of each other is never worked out here.
 * That it cannot be asked is a value, too: it takes root on some systems, and a configuration may be broken.
 */
import { mkdirSync, rmdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Exec, type ExecResult, systemPrograms } from "./exec.ts";
import { makeScratch, RUNTIME, type Scratch } from "./scratch.ts";

/** What Match blocks are held against. */
export interface Connection {
  readonly user: string;
  /** The client's name and address; by default the loopback's. */
  readonly host?: string;
  readonly addr?: string;
  /** Where it came in. */
  readonly laddr?: string;
  readonly lport?: string;
  readonly rdomain?: string;
}

export interface Query {
  /** Without it, what no Match block changes (but `Match all`). */
  readonly connection?: Connection;
  /** `-f` and `-o` words that the running sshd was started with: they beat the files. See unit.ts. */
  readonly words?: readonly string[];
  /**
   * Whether the folder of privilege separation may be made, and taken away again, where it is missing and no mount
   * namespace can be had: only where nothing can start sshd meanwhile.
   */
  readonly mayMakeFolder?: boolean;
}

/** Keywords in lower case as sshd prints them, each with its values in order. */
export type Values = ReadonlyMap<string, readonly string[]>;

/** Why sshd could not be asked; `message` is for people, with sshd's own words where it had some. */
export interface Unknown {
  readonly kind: "unknown";
  readonly why: "no-sshd" | "needs-root" | "config-invalid" | "no-privsep-folder" | "no-host-key" | "failed";
  readonly message: string;
}

export type Effective = { readonly kind: "known"; readonly sshd: string; readonly values: Values } | Unknown;

/** The command in force; undefined where it is `none`. */
export type EffectiveCommand =
  | { readonly kind: "known"; readonly command: string | undefined; readonly user: string | undefined }
  | Unknown;

/** AuthorizedKeysCommand and AuthorizedKeysCommandUser as sshd has them. Never throws. */
export async function effectiveCommand(asked: Query = {}, programs: Exec = systemPrograms): Promise<EffectiveCommand> {
  const effective = await effectiveSettings(asked, programs);
  if (effective.kind === "unknown") return effective;
  return { kind: "known", ...commandIn(effective.values) };
}

/** The two settings out of all of them. */
export function commandIn(values: Values): { command: string | undefined; user: string | undefined } {
  const one = (keyword: string) => {
    const [value = "none"] = values.get(keyword) ?? [];
    return value.toLowerCase() === "none" ? undefined : value;
  };
  return { command: one("authorizedkeyscommand"), user: one("authorizedkeyscommanduser") };
}

/** Everything that sshd has in force. Never throws. */
export async function effectiveSettings(asked: Query = {}, programs: Exec = systemPrograms): Promise<Effective> {
  const { user } = asked.connection ?? {};
  // -C separates by commas and has no way to quote one.
  if (user !== undefined && !/^[^,\s\0]+$/.test(user))
    return unknown("failed", "sshd -T cannot be asked for this user");
  const ask = (connection: Connection | undefined) =>
    askSshd(["-T", ...(asked.words ?? []), ...connectionWords(connection)], asked, programs);
  const first = await ask(asked.connection);
  // OpenSSH 9.2 answers nothing for everybody where a block asks for the port, though the block is not everybody's.
  const isUnanswered = first.kind === "unknown" && /not in connection test specification/.test(first.message);
  const answer = isUnanswered && asked.connection === undefined ? await ask(NO_ONES) : first;
  return answer.kind === "unknown" ? answer : { ...answer, kind: "known", values: parseValues(answer.stdout) };
}

/** Whether sshd would start with its configuration: `sshd -t`. Undefined where it would; otherwise why not. Never throws. */
export async function configurationFlaw(
  asked: Query = {},
  programs: Exec = systemPrograms,
): Promise<Unknown | undefined> {
  const answer = await askSshd(["-t", ...(asked.words ?? [])], asked, programs);
  return answer.kind === "unknown" ? answer : undefined;
}

type Answer = { readonly kind: "answer"; readonly sshd: string; readonly stdout: string } | Unknown;

async function askSshd(words: readonly string[], asked: Query, programs: Exec): Promise<Answer> {
  const sshd = programs.find("sshd");
  if (sshd === undefined) return unknown("no-sshd", "no sshd in /usr/sbin or another usual place");
  try {
    return await runSshd(sshd, [sshd, ...words], programs, asked.mayMakeFolder === true);
  } catch (error) {
    return unknown("failed", error instanceof Error ? error.message : String(error));
  }
}

/** Every criterion has to be given: a Match line about one that is not makes sshd give up. */
function connectionWords(connection: Connection | undefined): string[] {
  if (connection === undefined) return [];
  const { user, host = "localhost", addr = "127.0.0.1", lport = "22", rdomain = "" } = connection;
  const { laddr = addr } = connection;
  return ["-C", `user=${user},host=${host},addr=${addr},laddr=${laddr},lport=${lport},rdomain=${rdomain}`];
}

/** A connection that no block about one user, host, address or port holds for (RFC 6761, RFC 5737). */
const NO_ONES: Connection = {
  user: "eic-agent-asks-for-nobody",
  host: "nobody.invalid",
  addr: "192.0.2.1",
  laddr: "192.0.2.2",
  lport: "65535",
};

/** How the missing folder is lent. */
type PrivsepDir = { readonly folder: string; readonly how: "shown" | "made" };

/** Asks, and where sshd lacks what only a server needs, lends it that and asks again. */
async function runSshd(
  sshd: string,
  question: readonly string[],
  programs: Exec,
  mayMakeFolder: boolean,
): Promise<Answer> {
  let key: Scratch | undefined;
  let lent: PrivsepDir | undefined;
  try {
    for (;;) {
      const whole = key === undefined ? question : [...question, "-h", join(key.path, "key")];
      const [program = sshd, ...words] = lent?.how === "shown" ? inNamespace(lent.folder, whole, programs) : whole;
      const ran = await programs.run(program, words);
      // What was lent is no setting of sshd's.
      const own = key === undefined ? ran.stdout : ran.stdout.replace(`hostkey ${join(key.path, "key")}\n`, "");
      if (ran.status === 0) return { kind: "answer", sshd, stdout: own };

      const [, missing] = /Missing privilege separation directory: (\/\S+)/.exec(ran.stderr) ?? [];
      if (missing !== undefined && lent === undefined && inNamespace(missing, [], programs).length > 0) {
        lent = { folder: missing, how: "shown" };
      } else if (mayMakeFolder && lent?.how !== "made" && (missing ?? lent) !== undefined && !isSshdError(ran)) {
        const folder = missing ?? lent?.folder ?? "";
        mkdirSync(folder, { mode: 0o755 });
        lent = { folder, how: "made" };
      } else if (/no hostkeys available/.test(ran.stderr) && key === undefined) {
        const made = await temporaryHostKey(programs);
        if (typeof made === "string")
          return unknown("no-host-key", `sshd has no host key that can be read, and none could be made: ${made}`);
        key = made;
      } else {
        return reasonIn(ran, programs, missing ?? (isSshdError(ran) ? undefined : lent?.folder));
      }
    }
  } finally {
    key?.remove();
    if (lent?.how === "made") removeDir(lent.folder);
  }
}

/** Whether it was sshd that complained, of anything else than the folder, and not what was to show it that folder. */
const isSshdError = ({ stderr }: ExecResult): boolean =>
  stderr.trim() !== "" && !/^(unshare|mount|mkdir|sh|\S*\/sh):/m.test(stderr) && !/privilege separation/.test(stderr);

function removeDir(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Somebody has put something there: then it is his.
  }
}

/**
 * A host key that sshd never serves with: without one, `-T` says nothing. ECDSA: FIPS mode knows no ED25519.
 * @returns why not, where none can be made
 */
async function temporaryHostKey(programs: Exec): Promise<Scratch | string> {
  const keygen = programs.find("ssh-keygen");
  if (keygen === undefined) return "there is no ssh-keygen";
  const scratch = makeScratch();
  const words = ["-q", "-t", "ecdsa", "-N", "", "-f", join(scratch.path, "key")];
  const { status, stderr, failed } = await programs.run(keygen, words);
  if (status === 0) return scratch;
  scratch.remove();
  return failed ?? stderr.trim().split("\n").at(-1) ?? "ssh-keygen failed";
}

/**
 * Debian's /run/sshd is there only once sshd was started, and without it sshd does not even say what is in force. It is
 * shown to this one process in a mount namespace of its own: making it on the host could race with sshd's own start. What
 * is mounted hides all of /run but our scratch files, which hold the copies and the key of the question; from the working
 * folder these can still be reached, as long as mount does not make a whole path of theirs (-c).
 */
function inNamespace(folder: string, words: readonly string[], programs: Exec): string[] {
  const [unshare, sh] = [programs.find("unshare"), programs.find("sh")];
  if (unshare === undefined || sh === undefined) return [];
  const script = [
    'cd "$1"; mount -t tmpfs -o mode=0755 tmpfs "$1"; mkdir -m 0755 "$2"',
    'if [ -d "./$3" ]; then mkdir -m 0755 "$1/$3"; mount -c --bind "$3" "$1/$3"; fi',
    'cd /; shift 3; exec "$@"',
  ].join("; ");
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

/** The output of `sshd -T`: a keyword in lower case, a space and the rest on each line; some keywords come again. */
export function parseValues(output: string): Values {
  const values = new Map<string, string[]>();
  for (const line of output.split("\n")) {
    const [, keyword, value] = /^([a-z0-9]+) (.*)$/i.exec(line) ?? [];
    if (keyword === undefined || value === undefined) continue;
    const name = keyword.toLowerCase();
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return values;
}

/**
 * sshd that is asked by a user who may not read a part of its files leaves that part out without a word: its answer is
 * none, then.
 * @param path what is closed to that user
 */
export const closedPart = (path: string): Unknown => unknown("needs-root", `${path} is closed to this user`);

const unknown = (why: Unknown["why"], message: string): Unknown => ({ kind: "unknown", why, message });
