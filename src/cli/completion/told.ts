/** The description of a program from which the scripts for the three shells are generated. Pure. */
import { type CommandSpec, SETTINGS_ACTIONS, SHELLS, SSHD_ACTIONS, type Value } from "../command-table.ts";

export const PROGRAMS = ["eic-agent", "eic-simulator"] as const;
export type Program = (typeof PROGRAMS)[number];

export interface Told {
  readonly program: Program;
  /** The command that generates the script, for the script's first line. */
  readonly made: string;
  readonly commands: readonly (readonly [name: string, words: CommandSpec])[];
}

/** Returns the fixed choices for a value; undefined for files and users, which the shell completes, and for free text. */
export function choicesOf(value: Value): readonly string[] | undefined {
  if (typeof value === "object") return value;
  if (value === "action") return SSHD_ACTIONS;
  if (value === "settings-action") return SETTINGS_ACTIONS;
  if (value === "shell") return SHELLS;
  return value === "program" ? PROGRAMS : undefined;
}

/** Returns the name of the shell function. */
export const functionOf = (program: string): string => `_${program.replaceAll("-", "_")}`;
