/** The message for an invalid command line: yargs' words, and the nearest name to a mistyped one. Pure. */

import { COMMANDS } from "./command-table.ts";
import { nearest } from "./suggest.ts";
import { safe } from "./text.ts";

/**
 * Returns the message for a command line that yargs rejects.
 * @param message by yargs
 * @param words as typed
 */
export function complaint(message: string, words: readonly string[]): string {
  const [command = ""] = words;
  const known = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (known === undefined && command.startsWith("-")) {
    return unknown(`no option ${safe(command)}`, nearest(command, ["--help", "--version"]), undefined);
  }
  const [, list] = /^Unknown (?:arguments?|commands?): (.*)$/s.exec(message) ?? [];
  if (list === undefined)
    return `${safe(message.trim().replace(/\s+/g, " "))}; see eic-agent ${known === undefined ? "" : `${command} `}--help`;
  const [name = ""] = list.split(", ");
  const typed = words.find((word) => word.replace(/=.*$/s, "").replace(/^--?/, "") === name) ?? name;
  if (typed.startsWith("-")) {
    const options = known === undefined ? ["--help", "--version"] : Object.keys(known.options);
    return unknown(`no option ${safe(typed)}`, nearest(typed.replace(/=.*$/s, ""), options), known && command);
  }
  if (known === undefined)
    return unknown(`no command ${safe(typed)}`, nearest(typed, Object.keys(COMMANDS)), undefined);
  return unknown(`unexpected argument ${safe(typed)}`, undefined, command);
}

function unknown(what: string, near: string | undefined, command: string | undefined): string {
  const meant = near === undefined ? "" : `: did you mean ${near}?`;
  return `${what}${meant}${meant === "" ? ";" : ""} see eic-agent ${command === undefined ? "" : `${command} `}--help`;
}
