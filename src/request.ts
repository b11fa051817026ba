/** Parses argv into a call. The form that sshd uses has no options; the manual form has options before the user. */
import { basename } from "node:path";
import type { Request } from "./verify/evidence.ts";

/** The name by which sshd calls the program; see docs/protocol.md#sshd. */
const SSHD_COMMAND = "authorized-keys";
/** The warm service. It starts often and must be ready at once, so it does not use the command line parser of the CLI. */
const SERVICE = "serve";

/** A call for keys; the service; a command for people (`cli`); or the reason why the arguments are invalid (`usage`). */
export type Call =
  | {
      readonly kind: "authorized-keys";
      readonly request: Request;
      readonly config: string | undefined;
      /** Milliseconds that are left for the call if the caller has waited already. It can only lower the deadline. */
      readonly within: number | undefined;
      /** Another command that is to answer in addition to this program, and its arguments. */
      readonly other: Argv | undefined;
      /** Whether standard input has the report of a trial: nothing is printed, and the two answers are compared. */
      readonly isTrial: boolean;
    }
  /** `socket`: the path of a socket to create; undefined for the socket that systemd passes. */
  | { readonly kind: "serve"; readonly socket: string | undefined; readonly config: string | undefined }
  | { readonly kind: "cli"; readonly words: readonly string[] }
  | { readonly kind: "usage"; readonly message: string; readonly command: Command };

export type Command = typeof SSHD_COMMAND | typeof SERVICE;

export type Argv = readonly [string, ...string[]];

/**
 * @param program path by which the program was called. A link named `authorized-keys` selects the form that sshd uses:
 *   every word is a user or a fingerprint, regardless of its form (a user may be called `--config`). A third word must
 *   be `--` and begins another command, or `--trial` and the last.
 * @param words the arguments
 */
export function parseCall(program: string, words: readonly string[]): Call {
  if (basename(program) === SSHD_COMMAND) return positional(words, {});
  const [command, ...rest] = words;
  if (command === SSHD_COMMAND) return parseManualCall(rest);
  return command === SERVICE ? service(rest) : { kind: "cli", words };
}

/** `[--config FILE] [--within MS] [--] USER [FINGERPRINT [-- OTHER… | --trial]]` */
function parseManualCall(words: readonly string[]): Call {
  const read = readOptions(words, { "--config": "a file", "--within": "milliseconds" });
  if (typeof read === "string") return read === "--help" ? help(SSHD_COMMAND) : usage(read);
  const { "--config": config, "--within": within } = read.options;
  if (within !== undefined && !/^[1-9][0-9]{0,5}$/.test(within)) return usage("--within takes whole milliseconds");
  return positional(read.rest, { config, within: within === undefined ? undefined : Number(within) });
}

/** `[--socket PATH] [--config FILE]` */
function service(words: readonly string[]): Call {
  const read = readOptions(words, { "--config": "a file", "--socket": "a path" });
  if (typeof read === "string") return read === "--help" ? help(SERVICE) : usage(read, SERVICE);
  const [word] = read.rest;
  if (word !== undefined) return usage(`unexpected argument ${word}`, SERVICE);
  const { "--config": config, "--socket": socket } = read.options;
  return { kind: "serve", socket, config };
}

/**
 * Reads `--name VALUE` or `--name=VALUE`, each at most once. Options end at `--` or before the first word that is not one.
 * @param known the names, and the value that each takes
 * @returns the options and the rest; a text if a word is invalid, or for `--help`
 */
function readOptions<Name extends string>(
  words: readonly string[],
  known: Readonly<Record<Name, string>>,
): string | { readonly options: Partial<Record<Name, string>>; readonly rest: readonly string[] } {
  const options: Partial<Record<Name, string>> = {};
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (word === "--") return { options, rest: words.slice(at + 1) };
    if (!word.startsWith("-") || word === "-") return { options, rest: words.slice(at) };
    if (word === "--help") return word;
    const [name = "", inline] = word.split(/=(.*)/s, 2);
    if (!isOneOf(name, known)) return `no option ${word}`;
    if (options[name] !== undefined) return `${name} twice`;
    if (inline === undefined) at += 1;
    const value = inline ?? words[at];
    if (value === undefined || value === "") return `${name} needs ${known[name]}`;
    options[name] = value;
  }
  return { options, rest: [] };
}

const isOneOf = <Name extends string>(name: string, known: Readonly<Record<Name, string>>): name is Name =>
  Object.hasOwn(known, name);

interface Options {
  readonly config?: string | undefined;
  readonly within?: number | undefined;
}

/** Reads words by position, not by form: only a third word can begin another command, never a user or a fingerprint. */
function positional(words: readonly string[], { config, within }: Options): Call {
  const [user, fingerprint, third, program, ...rest] = words;
  if (user === undefined) return usage("a user is needed");
  const isTrial = third === "--trial" && words.length === 3;
  if (third !== undefined && third !== "--" && !isTrial) {
    if (fingerprint === "--") return usage("-- must follow USER and FINGERPRINT");
    return usage(`too many arguments: ${words.length}, at most USER and FINGERPRINT`);
  }
  const call = { kind: "authorized-keys", request: { user, fingerprint }, config, within, isTrial } as const;
  if (third === undefined || isTrial) return { ...call, other: undefined };
  if (program === undefined) return usage("a command is needed after --");
  return { ...call, other: [program, ...rest] };
}

const usage = (message: string, command: Command = SSHD_COMMAND): Call => ({ kind: "usage", message, command });
const help = (command: Command): Call => ({ kind: "cli", words: [command, "--help"] });
