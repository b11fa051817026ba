/** A program as the three shells are told of it. Pure. */
import { type CommandSpec, SETTINGS_ACTIONS, SHELLS, SSHD_ACTIONS, type Value } from "../command-table.ts";

export const PROGRAMS = ["eic-agent", "eic-simulator"] as const;
export type Program = (typeof PROGRAMS)[number];

export interface Told {
  readonly program: Program;
  /** For the script's own first line: how it is made anew. */
  readonly made: string;
  readonly commands: readonly (readonly [name: string, words: CommandSpec])[];
}

/** What can be offered for a value by itself; undefined: files and users, which the shell knows, or nothing. */
export function choicesOf(value: Value): readonly string[] | undefined {
  if (typeof value === "object") return value;
  if (value === "action") return SSHD_ACTIONS;
  if (value === "settings-action") return SETTINGS_ACTIONS;
  if (value === "shell") return SHELLS;
  return value === "program" ? PROGRAMS : undefined;
}

/** A shell function's name. */
export const functionOf = (program: string): string => `_${program.replaceAll("-", "_")}`;
