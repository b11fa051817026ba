/** Runs a client program against a simulator in this same process, which spawnSync would block. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Environment, environment } from "../../src/simulator/cli/environment.ts";
import type { Simulator } from "../../src/simulator/simulator.ts";

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Returns the environment that `up` gives a command, and nothing from the developer's: no credentials, no personal
 * settings, no proxy, and no requests to the metadata address.
 */
export function clientEnvironment(simulator: Simulator): Environment {
  const home = mkdtempSync(join(tmpdir(), "eic-client-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return { PATH: process.env.PATH, LC_ALL: "C.UTF-8", HOME: home, ...environment(simulator, home), NO_PROXY: "*" };
}

export function runProgram(program: string, words: readonly string[], env: Environment, input = ""): Promise<Ended> {
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  const child = spawn(program, words, { env });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  child.once("error", reject);
  child.once("close", (status) =>
    resolve({ status, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
  );
  // If a program ends without reading its input, its exit status shows that.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  return promise;
}
