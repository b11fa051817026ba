/** The simulated service of the demo, and what it was asked by one call of the agent. */
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { type Answer, askAgent } from "./agent.ts";

export interface Service {
  readonly simulator: Simulator;
  /** Runs the agent for a user and an offered key, and tells which requests came in. */
  ask(user: string, fingerprint: string): Promise<Answer & { readonly asked: readonly string[] }>;
}

/** @param folder for settings and output; nobody else's to write in */
export async function startService(folder: string): Promise<Service> {
  const simulator = await startSimulator();
  // What is only shown belongs into no host's log.
  const { config } = await simulator.writeSettings(folder, { audit: { target: "none" } });
  return {
    simulator,
    async ask(user, fingerprint) {
      const from = simulator.requests.length;
      const answer = await askAgent({ folder, config, user, fingerprint });
      const asked = simulator.requests
        .slice(from)
        .map(({ status, method, path }) => `${status} ${method.padEnd(3)} ${short(path)}`);
      return { ...answer, asked };
    },
  };
}

/** A staple is called after 40 hex digits. */
const short = (path: string): string => path.replace(/([0-9A-F]{8})[0-9A-F]{32}$/, "$1…");
