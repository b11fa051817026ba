/** How sshd splits a line into words and expands tokens: what it would run for an AuthorizedKeysCommand. Pure. */
import { isTrueFor, OPENSSH } from "./openssh-versions.ts";

/**
 * Splits a line at spaces and tabs, with the quotes and backslashes of OpenSSH's argv_split() (misc.c).
 * @param comments whether a word that begins with # ends the line, as in most of sshd_config; never in a command
 * @returns undefined if a quote is not closed
 */
export function splitArgs(text: string, comments = false): string[] | undefined {
  const words: string[] = [];
  for (let at = 0; at < text.length; at += 1) {
    if (isBlank(text.charAt(at))) continue;
    if (comments && text.charAt(at) === "#") break;
    const word = readWord(text, at);
    if (word === undefined) return undefined;
    words.push(word.value);
    at = word.end;
  }
  return words;
}

const isBlank = (character: string): boolean => character === " " || character === "\t";

function readWord(text: string, start: number): { value: string; end: number } | undefined {
  let value = "";
  let quote = "";
  let at = start;
  for (; at < text.length; at += 1) {
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    if (character === "\\" && (["'", '"', "\\"].includes(next) || (quote === "" && next === " "))) {
      value += next;
      at += 1;
    } else if (quote === "" && isBlank(character)) break;
    else if (quote === "" && (character === '"' || character === "'")) quote = character;
    else if (quote !== "" && character === quote) quote = "";
    else value += character;
  }
  return quote === "" ? { value, end: at } : undefined;
}

/** Tokens of AuthorizedKeysCommand (sshd_config(5), TOKENS). Any other passes `sshd -t` and then drops the connection. */
const TOKENS = ["%", "C", "D", "f", "h", "k", "t", "U", "u"] as const;

export type TokenValues = Partial<Record<(typeof TOKENS)[number], string>>;

/** Tokens that only later versions know (openssh-versions.ts). */
const LATER: readonly string[] = ["C", "D"];

/**
 * Returns the tokens of a word that sshd does not know, as `%x`. A % at the end counts as one.
 * @param version sshd's version; undefined if it is not known
 */
export function unknownTokens(word: string, version: string | undefined): string[] {
  const isOlder = isTrueFor(OPENSSH.connectionTokens, version) === false;
  const known: readonly string[] = TOKENS.filter((token) => !(isOlder && LATER.includes(token)));
  return [...word.matchAll(/%(.?)/gs)].flatMap(([token, name = ""]) => (known.includes(name) ? [] : [token]));
}

/**
 * Returns the words that sshd runs for one offered key. The first word is never expanded. If it is the only word, sshd adds
 * the user (auth2-pubkey.c).
 * @returns undefined if sshd would give up: an unclosed quote, no word, or a token that `values` does not have
 */
export function expandCommand(command: string, values: TokenValues & { u: string }): string[] | undefined {
  const [program, ...words] = splitArgs(command) ?? [];
  if (program === undefined) return undefined;
  if (words.length === 0) return [program, values.u];
  const given = new Map<string, string>([...Object.entries(values), ["%", "%"]]);
  let complete = true;
  const expanded = words.map((word) =>
    word.replace(/%(.?)/gs, (_, name: string) => {
      const value = given.get(name);
      complete &&= value !== undefined;
      return value ?? "";
    }),
  );
  return complete ? [program, ...expanded] : undefined;
}
