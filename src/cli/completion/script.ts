/**
 * Completion scripts for bash, zsh and fish, for this program and for the simulator, generated from their command tables. No
 * program of this project is started when TAB is pressed. Pure.
 */
import { COMMANDS, type CommandSpec, type Shell } from "../command-table.ts";
import { bash } from "./bash.ts";
import { fish } from "./fish.ts";
import { SIMULATOR_VOCABULARY } from "./simulator.ts";
import type { Program, Told } from "./told.ts";
import { zsh } from "./zsh.ts";

const VOCABULARIES: Readonly<Record<Program, Readonly<Record<string, CommandSpec>>>> = {
  "eic-agent": COMMANDS,
  "eic-simulator": SIMULATOR_VOCABULARY,
};

const WRITERS: Readonly<Record<Shell, (told: Told) => string>> = { bash, zsh, fish };

export function completionScript(shell: Shell, program: Program): string {
  const made = `eic-agent completion ${shell}${program === "eic-agent" ? "" : ` ${program}`}`;
  return WRITERS[shell]({ program, made, commands: Object.entries(VOCABULARIES[program]) });
}
