/** The process that metadata.ts starts: the simulated metadata service, separate from everything that is measured. */
import { raisePriority } from "../src/simulator/cli/priority.ts";
import { startSimulator } from "../src/simulator/simulator.ts";
import { fingerprint, keyLine } from "../test/support/keys.ts";
import type { Order, Ready } from "./metadata.ts";

/** Seconds. Longer than the real service's 60, so that a long round needs no new push; the agent's skew allows 360. */
const LIFETIME = 300;

/** 800 words, nearly as many characters as the API accepts. */
const COMMENT = " word".repeat(800);

const [, , folder = ""] = process.argv;
// Like the real service, it must not have to wait for a processor of this machine.
raisePriority();
const simulator = await startSimulator({ remember: 1000 });
// Thousands of calls must not be logged on the host. docs/performance.md gives the cost of a record.
const { config } = await simulator.writeSettings(folder, { audit: { target: "none" } });

process.on("message", (order: Order) => {
  if ("hang" in order) {
    simulator.faults.clear();
    if (order.hang) simulator.faults.set({ fault: "hang", path: "*" });
  } else if ("late" in order) {
    simulator.faults.clear();
    if (order.late > 0) simulator.faults.set({ fault: "slow", path: "keys", ms: order.late });
  } else {
    for (let i = 0; i < order.keys; i += 1) {
      const publicKey = `${keyLine(`${i}`)}${order.wordy ? COMMENT : ""}`;
      simulator.push({ user: order.push, publicKey, lifetimeSeconds: LIFETIME });
    }
    // Sign the document now, not while a call waits for it.
    simulator.document(order.push);
  }
  process.send?.("done");
});
process.once("disconnect", () => process.exit());
const ready: Ready = { endpoint: simulator.endpoint, config, fingerprint: fingerprint(keyLine("0")) };
process.send?.(ready);
