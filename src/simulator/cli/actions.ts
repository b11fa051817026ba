/** The actions of a running simulator's control socket: one function per action, JSON as input and output. */

import type { CertificateName } from "../authority/hierarchy.ts";
import type { AuthorityOptions } from "../authority/options.ts";
import type { FaultRule } from "../faults.ts";
import { changeCondition, type Instance, type InstanceCondition } from "../imds/instances.ts";
import type { Push } from "../imds/key-store.ts";
import type { Simulator } from "../simulator.ts";

/** Input of each action. The CLI checks the user's input; only the same user can write to the socket directly. */
export interface Requests {
  /** `to`: an instance's id; the first instance by default. */
  push: Push & { to?: string };
  fault: FaultRule;
  clear: { path?: string };
  clock: { advance: number };
  /** Changes the condition of an instance; of the first if no id is given. */
  instance: { id?: string } & Partial<InstanceCondition>;
  rotate: { what: "signer" | "intermediate" };
  revoke: { name: CertificateName };
  configure: AuthorityOptions;
  status: Record<string, never>;
}

export type Action = keyof Requests;

export interface Status {
  endpoints: readonly string[];
  apiEndpoint: string;
  instanceId: string;
  /** RFC 3339, by the simulator's clock. */
  now: string;
  /** Total numbers of requests to metadata services, and of calls of the API. */
  requests: number;
  calls: number;
  instances: ({ id: string; type: string; availabilityZone: string } & InstanceCondition)[];
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
}

export type Reply<A extends Action> = A extends keyof Replies ? Replies[A] : Status;

type Actions = { [A in Action]: (simulator: Simulator, request: Requests[A]) => Promise<Reply<A>> };

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
  clock: async (simulator, { advance }) => {
    simulator.clock.advance(advance);
    return statusOf(simulator);
  },
  instance: async (simulator, { id, ...change }) => {
    changeCondition(simulator.instance(id), change);
    return statusOf(simulator);
  },
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
    instances: instances.map(({ id, type, availabilityZone, state, available, serialConsole }) => {
      return { id, type, availabilityZone, state, available, serialConsole };
    }),
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
