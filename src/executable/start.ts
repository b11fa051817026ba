/**
 * The single executable: which of the programs inside it was called. In this room: its two forms, each an entry of its
 * own (plain, snapshot), what the latter keeps (warm-up), and how the bundles inside are loaded (asset).
 */
import { basename } from "node:path";
import { stopCoverage } from "node:v8";
import { run } from "../main.ts";
import { requireAsset } from "./asset.ts";

/** The name that makes it the simulator. That it is sshd's door is told by request.ts. */
const SIMULATOR = "eic-simulator";

/** Answers the call that this process was started for. */
export function start(): void {
  // By NODE_V8_COVERAGE Node would write a file when it ends; the agent writes none. Without it this does nothing.
  stopCoverage();
  const [, called = "", ...words] = process.argv;
  if (basename(called) === SIMULATOR) requireAsset("eic-simulator.cjs");
  else run(called, words);
}
