/** The simulated service of the demo, and the requests that one call of the agent makes. */
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { type Answer, askAgent } from "./agent.ts";

export interface Service {
  readonly simulator: Simulator;
  /** Runs the agent for a user and an offered key, and returns the requests that the service received. */
  ask(user: string, fingerprint: string): Promise<Answer & { readonly asked: readonly string[] }>;
}

/** @param folder for settings and output; no other user may be able to write to it */
export async function startService(folder: string): Promise<Service> {
  const simulator = await startSimulator();
  // Calls of a demo must not be logged on the host.
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

/** Shortens the name of a staple, which has 40 hex digits. */
const short = (path: string): string => path.replace(/([0-9A-F]{8})[0-9A-F]{32}$/, "$1…");
