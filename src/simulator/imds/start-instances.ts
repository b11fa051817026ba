/** Starts the instances, each with its own keys. The first, and each that asks for it, gets a metadata service. */
import type { Authority } from "../authority/authority.ts";
import type { Clock } from "../clock.ts";
import type { Faults } from "../faults.ts";
import type { Address, Listening } from "../server.ts";
import type { withDefaults } from "../simulator-options.ts";
import { type Overrides, type RequestRecord, serveMetadata } from "./imds-server.ts";
import { defaultPrivateAddress, type Instance, type InstanceOptions, instance } from "./instances.ts";
import { type Pushed, type PushStore, pushStore } from "./key-store.ts";
import { sessionTokens } from "./tokens.ts";

/** State that all instances share. */
interface World {
  readonly settings: ReturnType<typeof withDefaults>;
  readonly authority: Authority;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly overrides: Overrides;
  readonly onPush: ((pushed: Pushed) => void) | undefined;
}

/** @param listening gets every server as soon as it listens, so that it can be closed if a later server fails */
export async function startInstances(
  world: World,
  listening: Listening[],
  onRequest: (record: RequestRecord) => void,
): Promise<[Instance, ...Instance[]]> {
  const { instances, listen, region } = world.settings;
  const ids = new Set(instances.map(({ id }) => id));
  if (ids.size !== instances.length) throw new Error("two instances have the same id");
  const started: Instance[] = [];
  for (const [index, given] of instances.entries()) {
    const isFirst = index === 0;
    const options = {
      ...(isFirst ? { address: "127.0.0.1" } : {}),
      privateAddress: defaultPrivateAddress(index),
      ...given,
      availabilityZone: given.availabilityZone ?? `${region}a`,
    };
    const keys = keysOf(options.id, world);
    const record = (one: RequestRecord) => onRequest(isFirst ? one : { ...one, instanceId: options.id });
    const addresses = isFirst ? [...listen, ...own(options)] : own(options);
    const endpoints = await served(options, addresses, keys, world, listening, record);
    started.push(instance(options, keys, world.clock, endpoints));
  }
  const [first, ...others] = started;
  if (first === undefined) throw new Error("there is no instance");
  return [first, ...others];
}

const own = ({ metadata }: InstanceOptions): Address[] => (metadata === undefined ? [] : [metadata]);

function keysOf(instanceId: string, { settings, clock, authority, onPush }: World): PushStore {
  const origin = { instanceId, caller: settings.caller };
  const store = pushStore(origin, clock, () => authority.signerKey, authority.signDocument);
  return {
    ...store,
    push(push) {
      const pushed = store.push(push);
      onPush?.(pushed);
      return pushed;
    },
  };
}

async function served(
  { id, availabilityZone }: InstanceOptions & { availabilityZone: string },
  [first, ...others]: readonly Address[],
  keys: PushStore,
  { settings, authority, clock, faults, overrides }: World,
  listening: Listening[],
  onRequest: (record: RequestRecord) => void,
): Promise<readonly string[]> {
  if (first === undefined) return [];
  const { region, domain, partition } = settings;
  const place = { instanceId: id, availabilityZone, region, domain, partition };
  const source = { ...place, tokens: sessionTokens(), document: keys.document, authority };
  const one = await serveMetadata({ addresses: [first, ...others], source, clock, faults, overrides, onRequest });
  listening.push(one);
  return one.endpoints;
}
