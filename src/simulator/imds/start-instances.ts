/** Starts one instance, with its own keys, and its metadata service if it has addresses for one. */
import type { Authority } from "../authority/authority.ts";
import type { Clock } from "../clock.ts";
import type { Faults } from "../faults.ts";
import type { Address, Listening } from "../server.ts";
import type { withDefaults } from "../simulator-options.ts";
import { type Overrides, type RequestRecord, serveMetadata } from "./imds-server.ts";
import { type Instance, type InstanceOptions, instance } from "./instances.ts";
import { type Pushed, type PushStore, pushStore } from "./key-store.ts";
import { sessionTokens } from "./tokens.ts";

/** State that all instances share. */
export interface SharedParts {
  readonly settings: ReturnType<typeof withDefaults>;
  readonly authority: Authority;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly overrides: Overrides;
  readonly onPush: ((pushed: Pushed) => void) | undefined;
  readonly onRequest: (record: RequestRecord) => void;
}

export interface StartedInstance {
  readonly instance: Instance;
  /** Addresses of its metadata service, with the ports that it got. */
  readonly addresses: readonly Address[];
  close(): Promise<void>;
}

/** @param addresses of its metadata service; empty for an instance without one */
export async function startInstance(
  world: SharedParts,
  given: InstanceOptions,
  addresses: readonly Address[],
): Promise<StartedInstance> {
  const { region, instances } = world.settings;
  const availabilityZone = given.availabilityZone ?? `${region}a`;
  const options = { ...(given.id === instances[0].id ? { address: "127.0.0.1" } : {}), ...given, availabilityZone };
  const keys = keysOf(options.id, world);
  const listening = await served(options, addresses, keys, world);
  return {
    instance: instance(options, keys, world.clock, listening?.endpoints ?? []),
    addresses: listening?.addresses ?? [],
    close: async () => listening?.close(),
  };
}

function keysOf(instanceId: string, { settings, clock, authority, onPush }: SharedParts): PushStore {
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
  { settings, authority, clock, faults, overrides, onRequest }: SharedParts,
): Promise<Listening | undefined> {
  if (first === undefined) return undefined;
  const { region, domain, partition, instances, advertise } = settings;
  const place = { instanceId: id, availabilityZone, region, domain, partition };
  const source = { ...place, tokens: sessionTokens(), document: keys.document, authority };
  return serveMetadata({
    addresses: [first, ...others],
    advertise,
    source,
    clock,
    faults,
    overrides,
    onRequest: (record) => onRequest(id === instances[0].id ? record : { ...record, instanceId: id }),
  });
}
