/** How to call the two programs in commands to paste: by name if they are installed, by path in a checkout. */
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** @param script the script that Node runs: argv[1] */
export function invocations(script: string): { simulator: string; agent: string } {
  if (basename(script) === "eic-simulator") return { simulator: "eic-simulator", agent: "eic-agent" };
  const agent = join(dirname(script), "eic-agent.cjs");
  return {
    simulator: `node ${quoted(script)}`,
    agent: existsSync(agent) ? `node ${quoted(agent)}` : "eic-agent",
  };
}

/** Quotes one word for a POSIX shell, if necessary. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
