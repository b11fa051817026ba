/** One simulator with the agent's settings beside it, for a test file. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/simulator.ts";

export interface Simulated {
  readonly simulator: Simulator;
  readonly config: string;
  /** For what else a test writes; world-readable, gone afterwards. */
  readonly folder: string;
  /** Another settings file for the same simulator. */
  settings(tables: Parameters<Simulator["writeSettings"]>[1]): Promise<string>;
}

/** Calls of tests belong into no host's log; those about the log make one of their own (host-log.ts). */
export const UNRECORDED = { audit: { target: "none" } } as const;

/** Starts it before the file's tests, takes faults and seen requests away after each, and ends it after the last. */
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
