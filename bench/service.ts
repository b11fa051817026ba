/** The simulated metadata service of the bench, in a thread of its own: the race waits for its runners without a pause. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { startSimulator } from "../src/simulator/simulator.ts";

/** Seconds: longer than the service's sixty, so that a long round needs no new push; the agent's skew allows 360. */
const LIFETIME = 300;

export interface Ready {
  readonly endpoint: string;
  readonly config: string;
}

/** Users who have keys right now. */
export interface Pushed {
  readonly one: string;
  readonly forty: string;
  /** Of the one key, and of one among the forty. */
  readonly fingerprint: string;
}

if (parentPort !== null) {
  const port = parentPort;
  const { folder } = workerData as { folder: string };
  const keys = makeKeys(folder, 40);
  const simulator = await startSimulator();
  // Thousands of calls belong into no host's log; what a record costs is said in docs/performance.md.
  const { config } = await simulator.writeSettings(folder, { audit: { target: "none" } });

  port.on("message", (generation: number) => {
    const names = { one: `one${generation}`, forty: `forty${generation}` };
    let fingerprint = "";
    for (const publicKey of keys) {
      ({ fingerprint } = simulator.push({ user: names.forty, publicKey, lifetimeSeconds: LIFETIME }));
    }
    simulator.push({ user: names.one, publicKey: keys.at(-1) ?? "", lifetimeSeconds: LIFETIME });
    port.postMessage({ ...names, fingerprint } satisfies Pushed);
  });
  port.postMessage({ endpoint: simulator.endpoint, config } satisfies Ready);
}

function makeKeys(folder: string, count: number): string[] {
  const keys = join(folder, "keys");
  mkdirSync(keys);
  const list = Array.from({ length: count }, (_, i) => {
    const file = join(keys, String(i));
    const { status } = spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file], { stdio: "inherit" });
    if (status !== 0) throw new Error("ssh-keygen is needed to make keys");
    return readFileSync(`${file}.pub`, "utf8").trim();
  });
  rmSync(keys, { recursive: true });
  return list;
}
