/** Runs the built agent as sshd does: no terminal, no environment but PATH; or on a terminal, to see what it says. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertBuilt, PROGRAM } from "./program.ts";

export interface Run {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  /** Must be empty where standard error is no terminal. */
  readonly stderr: string;
  /** What a terminal on standard error was shown; only by runOnTerminal. */
  readonly told: string;
  readonly milliseconds: number;
}

/** The words that run the agent by hand. */
export function agent(config: string, ...words: string[]): string[] {
  assertBuilt();
  return [...PROGRAM, "authorized-keys", "--config", config, ...words];
}

/** The words that run any command of the agent. */
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

/** Standard error is a terminal (util-linux's script makes one), standard output a file. */
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
