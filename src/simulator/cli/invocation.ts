/** How the two programs are called from here, for commands to paste: by name when installed, by path in a checkout. */
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** @param script what Node runs: argv[1] */
export function invocations(script: string): { simulator: string; agent: string } {
  if (basename(script) === "eic-simulator") return { simulator: "eic-simulator", agent: "eic-agent" };
  const agent = join(dirname(script), "eic-agent.cjs");
  return {
    simulator: `node ${quoted(script)}`,
    agent: existsSync(agent) ? `node ${quoted(agent)}` : "eic-agent",
  };
}

/** One word for a POSIX shell. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
