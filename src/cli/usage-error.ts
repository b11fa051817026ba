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
  const [, missing] = /^Missing required arguments?: (\S+)$/s.exec(message.trim()) ?? [];
  if (missing !== undefined && known !== undefined)
    return unknown(`${command} needs --${safe(missing)}`, undefined, command);
  const [, place, given, choices = ""] = CHOICES.exec(message.replace(/\s+/g, " ")) ?? [];
  if (place !== undefined && given !== undefined) return notAmong(place, given, choices, known && command);
  const [, list] = /^Unknown (?:arguments?|commands?): (.*)$/s.exec(message) ?? [];
  if (list === undefined) return unknown(safe(message.trim().replace(/\s+/g, " ")), undefined, known && command);
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

/** yargs' message for a value that is not one of an argument's choices. */
const CHOICES = /^Invalid values: Argument: (\w+), Given: "([^"]*)", Choices: ("[^"]*"(?:, "[^"]*")*)/;

function notAmong(argument: string, given: string, choices: string, command: string | undefined): string {
  const names = [...choices.matchAll(/"([^"]*)"/g)].map(([, name = ""]) => name);
  const near = nearest(given, names);
  const list = near === undefined ? `: one of ${names.join(", ")}` : "";
  return unknown(`no ${argument} ${safe(given)}${list}`, near, command);
}

function unknown(what: string, near: string | undefined, command: string | undefined): string {
  const meant = near === undefined ? "" : `: did you mean ${near}?`;
  return `${what}${meant}${meant === "" ? ";" : ""} see eic-agent ${command === undefined ? "" : `${command} `}--help`;
}
