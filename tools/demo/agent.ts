/** Runs the built agent as sshd would, but on a terminal, on which it prints explanations that sshd does not get. */
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { run } from "../../test/support/namespace-run.ts";
import { missingFor } from "../requirements.ts";
import { programPath } from "../system.ts";

export interface Answer {
  readonly status: number | null;
  /** Output that sshd would read. */
  readonly stdout: string;
  /** Lines that a person reads on a terminal; empty if there is no program that provides a terminal. */
  readonly said: readonly string[];
  /** The command line, for a person. */
  readonly command: string;
}

export interface Call {
  readonly folder: string;
  readonly config: string;
  readonly user: string;
  readonly fingerprint: string;
}

/** Reason why the output on a terminal cannot be shown here; undefined if it can. */
export const NO_TERMINAL = missingFor("terminal");

const BUNDLE = join(import.meta.dirname, "../../dist/eic-agent.cjs");

export async function askAgent({ folder, config, user, fingerprint }: Call): Promise<Answer> {
  const words = [process.execPath, BUNDLE, "authorized-keys", "--config", config, user, fingerprint];
  const command = ["node", relative(process.cwd(), BUNDLE), "authorized-keys", "--config", config, user, fingerprint];
  const shown = command.join(" ");
  if (NO_TERMINAL !== undefined) return { ...(await run(words)), said: [], command: shown };

  // script(1) provides a terminal for standard error; standard output goes to a file instead of sshd's pipe.
  const output = join(folder, "stdout");
  writeFileSync(output, "");
  const line = `${words.map(quoted).join(" ")} >${quoted(output)}`;
  const { status, stdout: terminal } = await run([programPath("script") ?? "script", "-qec", line, "/dev/null"]);
  const said = terminal.split(/\r?\n/).filter((text) => text !== "");
  return { status, stdout: readFileSync(output, "utf8"), said, command: shown };
}

/** Quotes a word for a POSIX shell. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
