/** One simulator and the agent's settings for it, for a test file. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/simulator.ts";

export interface Simulated {
  readonly simulator: Simulator;
  readonly config: string;
  /** For other files of a test; world-readable, removed afterwards. */
  readonly folder: string;
  /** Writes another settings file for the same simulator. @returns its path */
  settings(tables: Parameters<Simulator["writeSettings"]>[1]): Promise<string>;
}

/** Calls of tests must not appear in a host's log; tests of the log create a separate one (host-log.ts). */
export const UNRECORDED = { audit: { target: "none" } } as const;

/** Starts it before the file's tests, clears faults and recorded requests after each test, and ends it after the last. */
export function simulated(options: SimulatorOptions = {}): () => Simulated {
  let one: Simulated | undefined;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), "eic-test-"));
    chmodSync(folder, 0o755);
    const simulator = await startSimulator(options);
    const { config } = await simulator.writeSettings(folder, UNRECORDED);
    one = {
      simulator,
      config,
      folder,
      settings: async (tables) => {
        const place = mkdtempSync(join(folder, "settings-"));
        return (await simulator.writeSettings(place, { ...UNRECORDED, ...tables })).config;
      },
    };
  });
  afterEach(() => {
    one?.simulator.faults.clear();
    one?.simulator.requests.splice(0);
  });
  afterAll(async () => {
    await one?.simulator.close();
    if (one !== undefined) rmSync(one.folder, { recursive: true });
  });
  return () => {
    if (one === undefined) throw new Error("asked for before it was started");
    return one;
  };
}
