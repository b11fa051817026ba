/**
 * The settings in force according to sshd: `sshd -T`, with `-C` also for one user's connection. Only sshd evaluates its
 * configuration: this program never works out how Match blocks, Include and the command line combine.
 * A failed query is a value, too: it needs root on some systems, and a configuration may be broken.
 */
import { mkdirSync, rmdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Exec, type ExecResult, systemPrograms } from "./exec.ts";
import { makeScratch, RUNTIME, type Scratch } from "./scratch.ts";

/** The connection that Match blocks are compared with. */
export interface Connection {
  readonly user: string;
  /** The client's name and address; loopback by default. */
  readonly host?: string | undefined;
  readonly addr?: string | undefined;
  /** The server's side: address, port and routing domain. */
  readonly laddr?: string;
  readonly lport?: string;
  readonly rdomain?: string;
}

export interface Query {
  /** If absent, the settings outside Match blocks (and in `Match all`) are queried. */
  readonly connection?: Connection | undefined;
  /** `-f` and `-o` words that the running sshd was started with: they override the files. See unit.ts. */
  readonly words?: readonly string[];
  /**
   * Whether the privilege separation directory may be made, and removed again, if it is missing and no mount namespace can
   * be made. Only allowed if nothing can start sshd meanwhile.
   */
  readonly mayMakeFolder?: boolean;
}

/** Keywords in lower case as sshd prints them, each with its values in order. */
export type Values = ReadonlyMap<string, readonly string[]>;

/** The reason why sshd could not be asked. `message` is for display, with sshd's own words if it printed any. */
export interface Unknown {
  readonly kind: "unknown";
  readonly why: "no-sshd" | "needs-root" | "config-invalid" | "no-privsep-folder" | "no-host-key" | "failed";
  readonly message: string;
}

export type Effective = { readonly kind: "known"; readonly sshd: string; readonly values: Values } | Unknown;

/** The command in force; undefined if it is `none`. */
export type EffectiveCommand =
  | { readonly kind: "known"; readonly command: string | undefined; readonly user: string | undefined }
  | Unknown;

/** Returns AuthorizedKeysCommand and AuthorizedKeysCommandUser as sshd reports them. Never throws. */
export async function effectiveCommand(asked: Query = {}, programs: Exec = systemPrograms): Promise<EffectiveCommand> {
  const effective = await effectiveSettings(asked, programs);
  if (effective.kind === "unknown") return effective;
  return { kind: "known", ...commandIn(effective.values) };
}

/** Picks the two settings out of all of them. */
export function commandIn(values: Values): { command: string | undefined; user: string | undefined } {
  const one = (keyword: string) => {
    const [value = "none"] = values.get(keyword) ?? [];
    return value.toLowerCase() === "none" ? undefined : value;
  };
  return { command: one("authorizedkeyscommand"), user: one("authorizedkeyscommanduser") };
}

/** Returns all settings that sshd has in force. Never throws. */
export async function effectiveSettings(asked: Query = {}, programs: Exec = systemPrograms): Promise<Effective> {
  const { user } = asked.connection ?? {};
  // -C separates by commas and cannot quote one.
  if (user !== undefined && !/^[^,\s\0]+$/.test(user))
    return unknown("failed", "sshd -T cannot be asked for this user");
  const ask = (connection: Connection | undefined) =>
    askSshd(["-T", ...(asked.words ?? []), ...connectionWords(connection)], asked, programs);
  const first = await ask(asked.connection);
  // OpenSSH 9.2 refuses a query for all users if a Match block tests the port, although that block is not for all users.
  const isUnanswered = first.kind === "unknown" && /not in connection test specification/.test(first.message);
  const answer = isUnanswered && asked.connection === undefined ? await ask(NO_ONES) : first;
  return answer.kind === "unknown" ? answer : { ...answer, kind: "known", values: parseValues(answer.stdout) };
}

/** Returns why sshd would not start with its configuration (`sshd -t`); undefined if it would. Never throws. */
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

/** Formats the words of -C. Every criterion must be given: sshd fails at a Match line that tests one that is missing. */
function connectionWords(connection: Connection | undefined): string[] {
  if (connection === undefined) return [];
  const { user, host = "localhost", addr = "127.0.0.1", lport = "22", rdomain = "" } = connection;
  const { laddr = addr } = connection;
  return ["-C", `user=${user},host=${host},addr=${addr},laddr=${laddr},lport=${lport},rdomain=${rdomain}`];
}

/** A connection that matches no block about one user, host, address or port (RFC 6761, RFC 5737). */
const NO_ONES: Connection = {
  user: "eic-agent-asks-for-nobody",
  host: "nobody.invalid",
  addr: "192.0.2.1",
  laddr: "192.0.2.2",
  lport: "65535",
};

/** How the missing directory is provided for the query: `shown` in a mount namespace, or `made` on the host. */
type PrivsepDir = { readonly folder: string; readonly kind: "shown" | "made" };

/** Runs the query. If sshd lacks something that only a server needs, provides it temporarily and runs the query again. */
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
      const [program = sshd, ...words] = lent?.kind === "shown" ? inNamespace(lent.folder, whole, programs) : whole;
      const ran = await programs.run(program, words);
      // The temporary host key is not one of sshd's settings.
      const own = key === undefined ? ran.stdout : ran.stdout.replace(`hostkey ${join(key.path, "key")}\n`, "");
      if (ran.status === 0) return { kind: "answer", sshd, stdout: own };

      const [, missing] = /Missing privilege separation directory: (\/\S+)/.exec(ran.stderr) ?? [];
      if (missing !== undefined && lent === undefined && inNamespace(missing, [], programs).length > 0) {
        lent = { folder: missing, kind: "shown" };
      } else if (mayMakeFolder && lent?.kind !== "made" && (missing ?? lent) !== undefined && !isSshdError(ran)) {
        const folder = missing ?? lent?.folder ?? "";
        mkdirSync(folder, { mode: 0o755 });
        lent = { folder, kind: "made" };
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
    if (lent?.kind === "made") removeDir(lent.folder);
  }
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
  const { status, stderr, failed } = await programs.run(keygen, words);
  if (status === 0) return scratch;
  scratch.remove();
  return failed ?? stderr.trim().split("\n").at(-1) ?? "ssh-keygen failed";
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

/** Parses `sshd -T`: on each line a keyword in lower case, a space and the rest; some keywords are repeated. */
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
 * Returns the result for a user who may not read a part of sshd's files: sshd omits that part without an error, so its
 * answer is not valid.
 * @param path the file or directory that is closed to that user
 */
export const closedPart = (path: string): Unknown => unknown("needs-root", `${path} is closed to this user`);

const unknown = (why: Unknown["why"], message: string): Unknown => ({ kind: "unknown", why, message });
