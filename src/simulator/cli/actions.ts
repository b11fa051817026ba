/** The actions of a running simulator's control socket: one function per action, JSON as input and output. */

import type { PermissionChange } from "../api/principal-list.ts";
import type { Permissions, Principal, PrincipalOptions } from "../api/principals.ts";
import type { CallRecord } from "../api/record.ts";
import type { CertificateName } from "../authority/certificate-names.ts";
import type { AuthorityOptions } from "../authority/options.ts";
import { parseTime } from "../clock.ts";
import type { FaultRule } from "../faults.ts";
import { conditionOf, type Instance, type InstanceCondition, type InstanceOptions } from "../imds/instances.ts";
import type { Push } from "../imds/key-store.ts";
import type { Simulator } from "../simulator.ts";
import { writeInstanceSettings } from "./agent-settings.ts";

/** Input of each action. The CLI checks the user's input; only the same user can write to the socket directly. */
export interface Requests {
  /** `to`: an instance's id; the first instance by default. */
  push: Push & { to?: string };
  fault: FaultRule;
  clear: { path?: string };
  /** One of these; `at` in RFC 3339. */
  clock: { advance?: number; at?: string; reset?: boolean };
  /** Adds or removes an instance, or changes the condition of one; of the first if no id is given. */
  instance: { add?: InstanceOptions; remove?: string; id?: string } & Partial<InstanceCondition>;
  /** Adds or removes a principal, or changes its permissions. `remove` and `change` are an ARN or an access key id. */
  principal: { add?: PrincipalOptions; remove?: string; change?: string; permissions?: NullablePermissions };
  expire: { user?: string; instanceId?: string };
  reset: Record<string, never>;
  calls: Record<string, never>;
  rotate: { what: "signer" | "intermediate" };
  revoke: { name: CertificateName };
  configure: AuthorityOptions;
  status: Record<string, never>;
}

export type Action = keyof Requests;

/** Null gives a permission its default again: JSON has no undefined. */
export type NullablePermissions = { readonly [name in keyof Permissions]?: Permissions[name] | null };

export interface Status {
  endpoints: readonly string[];
  apiEndpoint: string;
  instanceId: string;
  /** RFC 3339, by the simulator's clock. */
  now: string;
  /** Total numbers of requests to metadata services, and of calls of the API. */
  requests: number;
  calls: number;
  instances: ({
    id: string;
    type: string;
    availabilityZone: string;
    endpoints: readonly string[];
  } & InstanceCondition)[];
  /** Without secrets. */
  principals: { arn: string; accessKeyId: string }[];
  keys: LiveKey[];
  /** Live keys on serial port 0. */
  serialKeys: Omit<LiveKey, "user">[];
  faults: readonly FaultRule[];
  revoked: readonly string[];
}

export interface LiveKey {
  user: string;
  instanceId: string;
  fingerprint: string;
  requestId: string;
  secondsLeft: number;
}

/** Reply of each action; actions that are not listed reply with the status. */
export interface Replies {
  push: { requestId: string; fingerprint: string; expires: string };
  expire: { ended: number };
  calls: { calls: readonly CallRecord[] };
  principal: { principal: Principal; region: string } & Status;
}

export type Reply<A extends Action> = A extends keyof Replies ? Replies[A] : Status;

/** The last parameter is the folder of the simulator's files. */
type Actions = { [A in Action]: (simulator: Simulator, request: Requests[A], folder: string) => Promise<Reply<A>> };

export const ACTIONS: Actions = {
  push: async (simulator, { to, ...push }) => {
    const { requestId, fingerprint, expires } = simulator.push(push, to);
    return { requestId, fingerprint, expires: expires.toISOString() };
  },
  fault: async (simulator, rule) => {
    simulator.faults.set(rule);
    return statusOf(simulator);
  },
  clear: async (simulator, { path }) => {
    simulator.faults.clear(path);
    return statusOf(simulator);
  },
  clock: async (simulator, { advance, at, reset }) => {
    if (reset) simulator.clock.reset();
    if (at !== undefined) simulator.clock.set(parseTime(at));
    if (advance !== undefined) simulator.clock.advance(advance);
    return statusOf(simulator);
  },
  instance: async (simulator, { add, remove, id, ...change }, folder) => {
    if (add !== undefined) await addInstance(simulator, add, folder);
    else if (remove !== undefined) await simulator.removeInstance(remove);
    else simulator.changeInstance(id, change);
    return statusOf(simulator);
  },
  principal: async (simulator, { add, remove, change = "", permissions = {} }) => {
    const { region } = simulator;
    const reply = (principal: Principal) => ({ ...statusOf(simulator), principal, region });
    if (add !== undefined) return reply(simulator.addPrincipal(add));
    if (remove === undefined) return reply(simulator.changePrincipal(change, withDefaults(permissions)));
    const removed = simulator.principals.find(({ arn, accessKeyId }) => arn === remove || accessKeyId === remove);
    simulator.removePrincipal(remove);
    return reply(removed as Principal);
  },
  expire: async (simulator, which) => ({ ended: simulator.expire(which) }),
  reset: async (simulator) => {
    await simulator.reset();
    return statusOf(simulator);
  },
  calls: async (simulator) => ({ calls: simulator.calls }),
  rotate: async (simulator, { what }) => {
    await simulator.authority.rotate(what);
    return statusOf(simulator);
  },
  revoke: async (simulator, { name }) => {
    simulator.authority.revoke(name);
    return statusOf(simulator);
  },
  configure: async (simulator, options) => {
    await simulator.authority.configure(options);
    return statusOf(simulator);
  },
  status: async (simulator) => statusOf(simulator),
};

async function addInstance(simulator: Simulator, options: InstanceOptions, folder: string): Promise<void> {
  // The id becomes the name of a folder; the API takes no other ids either.
  if (!/^i-[0-9a-f]{1,32}$/.test(options.id)) throw new Error(`not an instance id: ${options.id}`);
  const { id, endpoints } = await simulator.addInstance(options);
  if (endpoints.length > 0) await writeInstanceSettings(simulator, folder, id);
}

const withDefaults = (permissions: NullablePermissions): PermissionChange =>
  Object.fromEntries(Object.entries(permissions).map(([name, value]) => [name, value ?? undefined]));

function statusOf(simulator: Simulator): Status {
  const { endpoints, apiEndpoint, instanceId, clock, instances, faults, authority } = simulator;
  const now = clock.now();
  return {
    endpoints,
    apiEndpoint,
    instanceId,
    now: now.toISOString(),
    requests: simulator.requestCount,
    calls: simulator.callCount,
    instances: instances.map(({ id, type, availabilityZone, endpoints: at, ...one }) => {
      return { id, type, availabilityZone, endpoints: at, ...conditionOf(one) };
    }),
    principals: simulator.principals.map(({ arn, accessKeyId }) => ({ arn, accessKeyId })),
    keys: instances.flatMap((one) => one.keys.live().map((key) => ({ user: key.user, ...left(key, one, now) }))),
    serialKeys: instances.flatMap((one) => one.serialPort.live().map((key) => left(key, one, now))),
    faults: faults.rules,
    revoked: [...authority.revoked],
  };
}

function left(key: { fingerprint: string; requestId: string; expires: Date }, { id }: Instance, now: Date) {
  const { fingerprint, requestId, expires } = key;
  const secondsLeft = Math.ceil((expires.getTime() - now.getTime()) / 1000);
  return { instanceId: id, fingerprint, requestId, secondsLeft };
}
