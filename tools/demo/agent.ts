/** Runs the built agent as sshd would, and on a terminal, where it says in words what sshd is not told. */
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { run } from "../../test/support/namespace-run.ts";
import { missingFor, programPath } from "../requirements.ts";

export interface Answer {
  readonly status: number | null;
  /** What sshd would read. */
  readonly stdout: string;
  /** What a person reads on a terminal; empty where there is no program to make one. */
  readonly said: readonly string[];
  /** The call, for a person. */
  readonly command: string;
}

export interface Call {
  readonly folder: string;
  readonly config: string;
  readonly user: string;
  readonly fingerprint: string;
}

/** Why what it says on a terminal cannot be shown here; undefined where it can. */
export const NO_TERMINAL = missingFor("terminal");

const BUNDLE = join(import.meta.dirname, "../../dist/eic-agent.cjs");

export async function askAgent({ folder, config, user, fingerprint }: Call): Promise<Answer> {
  const words = [process.execPath, BUNDLE, "authorized-keys", "--config", config, user, fingerprint];
  const command = ["node", relative(process.cwd(), BUNDLE), "authorized-keys", "--config", config, user, fingerprint];
  const shown = command.join(" ");
  if (NO_TERMINAL !== undefined) return { ...(await run(words)), said: [], command: shown };

  // script(1) gives it a terminal for standard error; its standard output goes where sshd's pipe would be.
  const output = join(folder, "stdout");
  writeFileSync(output, "");
  const line = `${words.map(quoted).join(" ")} >${quoted(output)}`;
  const { status, stdout: terminal } = await run([programPath("script") ?? "script", "-qec", line, "/dev/null"]);
  const said = terminal.split(/\r?\n/).filter((text) => text !== "");
  return { status, stdout: readFileSync(output, "utf8"), said, command: shown };
}

/** One word for a POSIX shell. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
