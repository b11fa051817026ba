/** Runs the built agent as sshd does: no terminal, only PATH as environment; or on a terminal, to see its messages. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertBuilt, PROGRAM } from "./program.ts";

export interface Run {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  /** Must be empty if standard error is not a terminal. */
  readonly stderr: string;
  /** Output on a terminal that is standard error; only from runOnTerminal. */
  readonly told: string;
  readonly milliseconds: number;
}

/** Returns the command line of an `authorized-keys` call. */
export function agent(config: string, ...words: string[]): string[] {
  assertBuilt();
  return [...PROGRAM, "authorized-keys", "--config", config, ...words];
}

/** Returns the command line for any command of the agent. */
export function command(...words: string[]): string[] {
  assertBuilt();
  return [...PROGRAM, ...words];
}

export function run([program = "", ...words]: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const start = performance.now();
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env.PATH, ...env } });
  const out = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => {
    out.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    out.stderr += text;
  });
  const { promise, resolve, reject } = Promise.withResolvers<Run>();
  child.on("error", reject);
  child.on("close", (status, signal) => {
    resolve({ status, signal, ...out, told: "", milliseconds: performance.now() - start });
  });
  return promise;
}

/** Runs a command with a terminal as standard error (made by util-linux's script) and a file as standard output. */
export async function runOnTerminal(words: readonly string[]): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "eic-terminal-"));
  try {
    const out = join(folder, "out");
    const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    const seen = await run(["script", "-qec", `exec ${quoted} >'${out}'`, "/dev/null"], { TERM: "dumb" });
    return { ...seen, stdout: readFileSync(out, "utf8"), told: seen.stdout.replaceAll("\r\n", "\n") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
