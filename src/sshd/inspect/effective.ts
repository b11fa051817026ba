/**
 * The settings in force according to sshd: `sshd -T`, with `-C` also for one user's connection. Only sshd evaluates its
 * configuration: this program never works out how Match blocks, Include and the command line combine.
 * A failed query is a value, too: it needs root on some systems, and a configuration may be broken.
 */
import { type Exec, systemPrograms } from "./exec.ts";
import { askSshd, unknown } from "./sshd-query.ts";

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
  const { connection: { user } = {}, mayMakeFolder = false } = asked;
  // -C separates by commas and cannot quote one.
  if (user !== undefined && !/^[^,\s\0]+$/.test(user))
    return unknown("failed", "sshd -T cannot be asked for this user");
  const ask = (connection: Connection | undefined) =>
    askSshd(["-T", ...(asked.words ?? []), ...connectionWords(connection)], mayMakeFolder, programs);
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
  const { words = [], mayMakeFolder = false } = asked;
  const answer = await askSshd(["-t", ...words], mayMakeFolder, programs);
  return answer.kind === "unknown" ? answer : undefined;
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
