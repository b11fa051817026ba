/** A booted system as it comes from an image: no settings of the agent, and no source of packages but the role's. */

import type { Kind, Machine } from "../install/machine.ts";
import { openMachine } from "../install/machine.ts";

/** The simulated service's roots, which a real instance does not need. */
const ROOTS = "/etc/simulated-roots.pem";

/** Settings that a real instance does not need, as tables of the role: EC2 hardware and AWS's authorities are not available. */
export const SIMULATED = { instance: { id: "i-0abcdef1234567890" }, trust: { anchors: ROOTS } } as const;

export async function openFreshHost(kind: Kind): Promise<Machine> {
  const machine = await openMachine(kind);
  await machine.sh(`cp /etc/eic-agent/anchors.pem ${ROOTS}
    rm -r /etc/eic-agent
    rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*`);
  return machine;
}

/**
 * Returns a line for every file and folder that an installation could change, with mode, owner, size, time and target.
 * Without the files in which apt keeps its parsed lists: any query may write them.
 */
export async function filesOf({ sh }: Machine): Promise<readonly string[]> {
  const folders = "/etc /usr /srv /home /var/lib/dpkg /var/lib/apt /var/cache";
  const all = `find ${folders} -xdev ! -path '/var/cache/apt*' -printf '%p %y %#m %u:%g %s %T@ %l\\n'`;
  return (await sh(`${all}; ls /var/cache/apt/archives`)).split("\n").sort();
}

/** Returns the lines that only one of two lists has. */
export const differences = (one: readonly string[], other: readonly string[]): string[] => {
  const [first, second] = [new Set(one), new Set(other)];
  return [...one.filter((line) => !second.has(line)), ...other.filter((line) => !first.has(line))];
};
