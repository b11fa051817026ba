/** Calls of the built program with a chained command, and its settings in which something is wrong. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeAll } from "vitest";
import { agent } from "../support/agent.ts";
import type { Simulated } from "../support/simulated.ts";

export interface Result {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly milliseconds: number;
}

/** Like `run`, with standard output as bytes. Returns once no process holds its standard output or error open. */
export async function called(
  [program = "", ...words]: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Result> {
  const start = performance.now();
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env.PATH, ...env } });
  const parts: Buffer[] = [];
  let stderr = "";
  child.stdout.on("data", (part: Buffer) => parts.push(part));
  child.stderr.on("data", (part: Buffer) => {
    stderr += part;
  });
  const [status, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { status, signal, stdout: Buffer.concat(parts), stderr, milliseconds: performance.now() - start };
}

/** Returns a shell command. `$0` of the script is the first of `words`, for the test's use. */
export const sh = (script: string, ...words: string[]): string[] => ["/bin/sh", "-c", script, ...words];

/** Returns the words of a call without a fingerprint, with a chained command. */
export const chained = (config: string, user: string, ...other: string[]) => agent(config, user, "", "--", ...other);

/** Milliseconds that the chained command has in the settings `short`. */
export const SHORT = 2000;

export interface Configs {
  /** Settings with a metadata service that refuses connections, and its endpoint. */
  readonly unreachable: string;
  readonly endpoint: string;
  /** A file that is not TOML. */
  readonly broken: string;
  /** Settings in which the chained command has `SHORT`. */
  readonly short: string;
}

/** Writes the settings before the file's tests. */
export function configsIn(one: () => Simulated): () => Configs {
  let configs: Configs | undefined;
  beforeAll(async () => {
    const free = createServer().listen(0, "127.0.0.1");
    await once(free, "listening");
    const address = free.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    free.close();
    const endpoint = `http://127.0.0.1:${address.port}`;
    const broken = join(one().folder, "broken.toml");
    writeFileSync(broken, "[metadata\n", { mode: 0o644 });
    configs = {
      endpoint,
      unreachable: await one().settings({ metadata: { endpoint } }),
      broken,
      short: await one().settings({ chain: { deadline_ms: SHORT } }),
    };
  });
  return () => {
    if (configs === undefined) throw new Error("asked for before they were written");
    return configs;
  };
}
