/**
 * Puts another command behind ours: its line in sshd's configuration becomes words after `--`. Chained, both answer
 * (docs/chaining.md); in a trial, the other command decides alone (docs/trial.md). Pure.
 */

import { splitArgs, unknownTokens } from "../inspect/command-line.ts";
import { isTrial } from "../inspect/command-owner.ts";
import { COMMAND_LINE, TRIAL_LINE } from "./managed-files.ts";
import type { Refusal } from "./refusal.ts";

const FIRST_WORDS = { chain: COMMAND_LINE, trial: TRIAL_LINE } as const;

/**
 * @param command the other command, as in sshd's configuration
 * @param user the user who runs it
 */
export function behindOurs(
  command: string,
  user: string | undefined,
  how: keyof typeof FIRST_WORDS,
): { command: string; user: string } | Refusal {
  const [program, ...words] = splitArgs(command) ?? [];
  if (program === undefined) return { why: "chain-quote", command };
  // Written by hand: this program does not know what else stands in its file.
  if (isTrial(command)) return { why: "trial-by-hand", command };
  if (user === undefined || user === "root") return { why: "chain-as-root", command };
  // Whether this version knows a token does not change by chaining.
  const tokens = words.flatMap((word) => unknownTokens(word, undefined));
  if (tokens.length > 0) return { why: "chain-token", tokens, command };
  return { command: `${FIRST_WORDS[how]} -- ${asArguments(command, words.length > 0)}`, user };
}

/**
 * Formats a command as arguments. The first word of a command is never expanded, and if it is the only word, sshd adds the
 * user (auth2-pubkey.c). After `--` it is a word like the others.
 */
function asArguments(command: string, hasWords: boolean): string {
  const [first = ""] = /^(?:\\.|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^\s"'\\])+/.exec(command) ?? [];
  const rest = command.slice(first.length);
  return first.replaceAll("%", "%%") + (hasWords ? rest : " %u");
}
