/**
 * Starts the program inside the single executable that was called. This folder: the two forms of the executable, each a
 * separate entry point (plain, snapshot), the contents of the snapshot (warm-up), and the loader of the bundles (asset).
 */
import { basename } from "node:path";
import { stopCoverage } from "node:v8";
import { run } from "../main.ts";
import { requireAsset } from "./asset.ts";

/** Name that selects the simulator. request.ts recognises the name that sshd uses. */
const SIMULATOR = "eic-simulator";

/** Answers the call that this process was started for. */
export function start(): void {
  // With NODE_V8_COVERAGE Node would write a file when it ends; the agent must not write one. Without it this does nothing.
  stopCoverage();
  const [, called = "", ...words] = process.argv;
  if (basename(called) === SIMULATOR) requireAsset("eic-simulator.cjs");
  else run(called, words);
}
