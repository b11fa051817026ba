/** Runs a program until it exits and returns its whole output. */
import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";

export interface Finished {
  /** Null if a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds of wall time. */
  readonly ms: number;
}

/** Whole environment of a program in a namespace: nothing is inherited from the environment of the test run. */
export const ENVIRONMENT = {
  PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
} as const;

/** @param words program and arguments; its standard input is empty */
export function run(words: readonly string[], env: NodeJS.ProcessEnv = ENVIRONMENT): Promise<Finished> {
  const [program = "", ...rest] = words;
  const begun = performance.now();
  const child = spawn(program, rest, { env, stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (said.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (said.stderr += text));
  const { promise, resolve, reject } = Promise.withResolvers<Finished>();
  child.once("error", reject);
  child.once("close", (status) => resolve({ status, ...said, ms: performance.now() - begun }));
  return promise;
}

/** @throws Error with the output if the exit status is not 0 */
export async function mustRun(words: readonly string[], env?: NodeJS.ProcessEnv): Promise<Finished> {
  const finished = await run(words, env);
  if (finished.status === 0) return finished;
  throw new Error(`${words.join(" ")}: status ${finished.status}\n${finished.stderr}${finished.stdout}`);
}
