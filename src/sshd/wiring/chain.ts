/** Another command behind ours: its line as sshd has it, made into words behind `--`. docs/chaining.md. Pure. */

import { splitArgs, unknownTokens } from "../inspect/command-line.ts";
import { COMMAND_LINE } from "./managed-files.ts";
import type { Refusal } from "./refusal.ts";

/**
 * @param command the foreign one, as it stands in sshd's configuration
 * @param user who runs it
 */
export function chained(command: string, user: string | undefined): { command: string; user: string } | Refusal {
  const [program, ...words] = splitArgs(command) ?? [];
  if (program === undefined) return { why: "chain-words", command };
  if (user === undefined || user === "root") return { why: "chain-as-root", command };
  const tokens = words.flatMap(unknownTokens);
  if (tokens.length > 0) return { why: "chain-token", tokens, command };
  return { command: `${COMMAND_LINE} -- ${asArguments(command, words.length > 0)}`, user };
}

/**
 * The first word of a command is never expanded, and where it is the only one, sshd adds the user (auth2-pubkey.c). Behind
 * `--` it is a word like the others.
 */
function asArguments(command: string, hasWords: boolean): string {
  const [first = ""] = /^(?:\\.|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^\s"'\\])+/.exec(command) ?? [];
  const rest = command.slice(first.length);
  return first.replaceAll("%", "%%") + (hasWords ? rest : " %u");
}
