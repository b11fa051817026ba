/** Captures that the built program makes, and their explanations. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Explanation } from "../../src/explain/explanation.ts";
import { command, run } from "../support/agent.ts";
import type { Simulated } from "../support/simulated.ts";

/** Returns functions that capture a call to the simulator. */
export const capturesOf = (one: () => Simulated) => ({
  /** Returns the path of a file that does not exist, in a new folder. */
  place: () => join(mkdtempSync(join(one().folder, "capture-")), "call.json"),
  capture: (user: string, file: string, ...words: string[]) =>
    run(command("capture", user, "-o", file, "--no-sshd", "--config", one().config, ...words)),
});

/** Explains a capture. */
export async function from(file: string, ...words: string[]): Promise<Explanation> {
  const { stdout, stderr } = await run(command("explain", "--from", file, "--json", ...words));
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Explanation;
}
