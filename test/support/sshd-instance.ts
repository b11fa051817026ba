/** A complete instance in a namespace: accounts, the simulated service at its real address, settings, a real sshd. */
import { METADATA_V4, type Namespace, openNamespace } from "./namespace.ts";
import { type HiddenSimulator, simulatorIn, withoutEndpoint } from "./namespace-simulator.ts";
import { type Sshd, sshdIn } from "./sshd.ts";
import { makeAccounts } from "./sshd-accounts.ts";
import type { KeyPair } from "./sshd-keys.ts";

export interface Instance {
  readonly namespace: Namespace;
  readonly simulator: HiddenSimulator;
  readonly sshd: Sshd;
  push(user: string, key: KeyPair, lifetimeSeconds?: number): Promise<void>;
  /** Returns how often a user's key document was requested since the start, which is how often sshd ran the agent. */
  questions(user: string): Promise<number>;
  close(): Promise<void>;
}

/** @param listen addresses for the simulator in addition to the real one */
export async function openInstance(...listen: readonly string[]): Promise<Instance> {
  return instanceIn(await openNamespace(), listen);
}

/**
 * Sets up everything except the namespace, which is closed with the instance, or if the setup fails.
 * @param change turns the simulator's settings into those of the agent
 */
export async function instanceIn(
  namespace: Namespace,
  listen: readonly string[] = [],
  change: (settings: string) => string = withoutEndpoint,
): Promise<Instance> {
  try {
    makeAccounts(namespace);
    const simulator = await simulatorIn(namespace, [`${METADATA_V4}:80`, ...listen]);
    simulator.installSettings(change);
    const sshd = await sshdIn(namespace);
    return {
      ...{ namespace, simulator, sshd, close: namespace.close },
      async push(user, { line }, lifetimeSeconds) {
        const lifetime = lifetimeSeconds === undefined ? {} : { lifetimeSeconds };
        await simulator.tell("push", { user, publicKey: line, ...lifetime });
      },
      async questions(user) {
        const document = ` GET /latest/meta-data/managed-ssh-keys/active-keys/${user}/`;
        return (await simulator.requests()).filter((request) => request.endsWith(document)).length;
      },
    };
  } catch (error) {
    await namespace.close();
    throw error;
  }
}
