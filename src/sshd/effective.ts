/**
 * What sshd says is in force: `sshd -T`, with `-C` also for one user's connection. sshd is its own best reader: what
 * Match blocks, Include and the command line make of each other is never worked out here.
 * That it cannot be asked is a value, too: it takes root on some systems, and a configuration may be broken.
 */
import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Programs, type Ran, systemPrograms } from "./programs.ts";

/** What Match blocks are held against. */
export interface Connection {
  readonly user: string;
  /** The client's name and address; by default the loopback's. */
  readonly host?: string;
  readonly addr?: string;
}

export interface Asked {
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
export async function effectiveCommand(
  asked: Asked = {},
  programs: Programs = systemPrograms,
): Promise<EffectiveCommand> {
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
export async function effectiveSettings(asked: Asked = {}, programs: Programs = systemPrograms): Promise<Effective> {
  const { user } = asked.connection ?? {};
  // -C separates by commas and has no way to quote one.
  if (user !== undefined && !/^[^,\s\0]+$/.test(user))
    return unknown("failed", "sshd -T cannot be asked for this user");
  const answer = await askSshd(["-T", ...(asked.words ?? []), ...connectionWords(asked.connection)], asked, programs);
  return answer.kind === "unknown" ? answer : { ...answer, kind: "known", values: parseValues(answer.stdout) };
}

/** Whether sshd would start with its configuration: `sshd -t`. Undefined where it would; otherwise why not. Never throws. */
export async function configurationFlaw(
  asked: Asked = {},
  programs: Programs = systemPrograms,
): Promise<Unknown | undefined> {
  const answer = await askSshd(["-t", ...(asked.words ?? [])], asked, programs);
  return answer.kind === "unknown" ? answer : undefined;
}

type Answer = { readonly kind: "answer"; readonly sshd: string; readonly stdout: string } | Unknown;

async function askSshd(words: readonly string[], asked: Asked, programs: Programs): Promise<Answer> {
  const sshd = programs.find("sshd");
  if (sshd === undefined) return unknown("no-sshd", "no sshd in /usr/sbin or another usual place");
  try {
    return await answered(sshd, [sshd, ...words], programs, asked.mayMakeFolder === true);
  } catch (error) {
    return unknown("failed", error instanceof Error ? error.message : String(error));
  }
}

/** Every criterion has to be given: a Match line about one that is not makes sshd give up. */
function connectionWords(connection: Connection | undefined): string[] {
  if (connection === undefined) return [];
  const { user, host = "localhost", addr = "127.0.0.1" } = connection;
  return ["-C", `user=${user},host=${host},addr=${addr},laddr=${addr},lport=22,rdomain=`];
}

/** How the missing folder is lent. */
type Lent = { readonly folder: string; readonly how: "shown" | "made" };

/** Asks, and where sshd lacks what only a server needs, lends it that and asks again. */
async function answered(
  sshd: string,
  question: readonly string[],
  programs: Programs,
  mayMakeFolder: boolean,
): Promise<Answer> {
  let key: string | undefined;
  let lent: Lent | undefined;
  try {
    for (;;) {
      const whole = key === undefined ? question : [...question, "-h", join(key, "key")];
      const [program = sshd, ...words] = lent?.how === "shown" ? withFolder(lent.folder, whole, programs) : whole;
      const ran = await programs.run(program, words);
      if (ran.status === 0) return { kind: "answer", sshd, stdout: ran.stdout };

      const [, missing] = /Missing privilege separation directory: (\/\S+)/.exec(ran.stderr) ?? [];
      if (missing !== undefined && lent === undefined && withFolder(missing, [], programs).length > 0) {
        lent = { folder: missing, how: "shown" };
      } else if (mayMakeFolder && lent?.how !== "made" && (missing ?? lent) !== undefined && !isSshds(ran)) {
        const folder = missing ?? lent?.folder ?? "";
        mkdirSync(folder, { mode: 0o755 });
        lent = { folder, how: "made" };
      } else if (/no hostkeys available/.test(ran.stderr) && key === undefined) {
        key = await throwAwayKey(programs);
        if (key === undefined)
          return unknown("no-host-key", "sshd has no host key that can be read, and none could be made");
      } else {
        return reasonIn(ran, programs, missing ?? (isSshds(ran) ? undefined : lent?.folder));
      }
    }
  } finally {
    if (key !== undefined) rmSync(key, { recursive: true, force: true });
    if (lent?.how === "made") giveBack(lent.folder);
  }
}

/** Whether it was sshd that complained, of anything else than the folder, and not what was to show it that folder. */
const isSshds = ({ stderr }: Ran): boolean =>
  stderr.trim() !== "" && !/^(unshare|mount|mkdir|sh|\S*\/sh):/m.test(stderr) && !/privilege separation/.test(stderr);

function giveBack(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Somebody has put something there: then it is his.
  }
}

/** A host key that sshd never serves with: without one, `-T` says nothing. ECDSA: FIPS mode knows no ED25519. */
async function throwAwayKey(programs: Programs): Promise<string | undefined> {
  const keygen = programs.find("ssh-keygen");
  if (keygen === undefined) return undefined;
  const folder = mkdtempSync("/tmp/eic-agent-");
  const { status } = await programs.run(keygen, ["-q", "-t", "ecdsa", "-N", "", "-f", join(folder, "key")]);
  if (status === 0) return folder;
  rmSync(folder, { recursive: true, force: true });
  return undefined;
}

/**
 * Debian's /run/sshd is there only once sshd was started, and without it sshd does not even say what is in force. It is
 * shown to this one process in a mount namespace of its own: making it on the host could race with sshd's own start.
 */
function withFolder(folder: string, words: readonly string[], programs: Programs): string[] {
  const [unshare, sh] = [programs.find("unshare"), programs.find("sh")];
  if (unshare === undefined || sh === undefined) return [];
  const script = 'mount -t tmpfs -o mode=0755 tmpfs "$1"; mkdir -m 0755 "$2"; shift 2; exec "$@"';
  return [unshare, "--mount", "--propagation", "private", sh, "-ec", script, "sh", dirname(folder), folder, ...words];
}

function reasonIn({ status, stderr, failed }: Ran, { root }: Programs, folder: string | undefined): Unknown {
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

const unknown = (why: Unknown["why"], message: string): Unknown => ({ kind: "unknown", why, message });
