/** Writes settings for the agent: the first instance's in the folder, other instances' each in a subfolder. */
import type { Simulator } from "../simulator.ts";

export async function writeAgentSettings(simulator: Simulator, folder: string): Promise<void> {
  for (const { id, endpoints } of simulator.instances) {
    if (endpoints.length > 0) await writeInstanceSettings(simulator, folder, id);
  }
}

export async function writeInstanceSettings(simulator: Simulator, folder: string, id: string): Promise<void> {
  const trust = simulator.domain === "amazonaws.com" ? {} : { trust: { domains: [simulator.domain] } };
  const at = id === simulator.instanceId ? folder : `${folder}/${id}`;
  await simulator.writeSettings(at, trust, id);
}
