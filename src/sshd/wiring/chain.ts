/**
 * Chains another command after our own: its line in sshd's configuration becomes words after `--` (docs/chaining.md). Pure.
 */

import { splitArgs, unknownTokens } from "../inspect/command-line.ts";
import { COMMAND_LINE } from "./managed-files.ts";
import type { Refusal } from "./refusal.ts";

/**
 * @param command the other command, as in sshd's configuration
 * @param user the user who runs it
 */
export function chained(command: string, user: string | undefined): { command: string; user: string } | Refusal {
  const [program, ...words] = splitArgs(command) ?? [];
  if (program === undefined) return { why: "chain-quote", command };
  if (user === undefined || user === "root") return { why: "chain-as-root", command };
  // Whether this version knows a token does not change by chaining.
  const tokens = words.flatMap((word) => unknownTokens(word, undefined));
  if (tokens.length > 0) return { why: "chain-token", tokens, command };
  return { command: `${COMMAND_LINE} -- ${asArguments(command, words.length > 0)}`, user };
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
