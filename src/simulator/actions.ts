/** What a running simulator can be told through its control socket: one function an action, JSON in and out. */

import type { FaultRule } from "./faults.ts";
import type { CertificateName } from "./hierarchy.ts";
import type { AuthorityOptions } from "./options.ts";
import type { Push } from "./pushes.ts";
import type { Simulator } from "./simulator.ts";

/** What each action takes. The CLI checks what a person typed; who writes to the socket by hand is the same person. */
export interface Requests {
  push: Push;
  fault: FaultRule;
  clear: { path?: string };
  clock: { advance: number };
  rotate: { what: "signer" | "intermediate" };
  revoke: { name: CertificateName };
  configure: AuthorityOptions;
  status: Record<string, never>;
}

export type Action = keyof Requests;

export interface Status {
  endpoints: readonly string[];
  instanceId: string;
  /** RFC 3339, by the simulator's clock. */
  now: string;
  requests: number;
  keys: { user: string; fingerprint: string; requestId: string; secondsLeft: number }[];
  faults: readonly FaultRule[];
  revoked: readonly string[];
}

/** What each action answers; those that are not here answer with the status. */
export interface Replies {
  push: { requestId: string; fingerprint: string; expires: string };
}

export type Reply<A extends Action> = A extends keyof Replies ? Replies[A] : Status;

type Actions = { [A in Action]: (simulator: Simulator, request: Requests[A]) => Promise<Reply<A>> };

export const ACTIONS: Actions = {
  push: async (simulator, push) => {
    const { requestId, fingerprint, expires } = simulator.push(push);
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
  const now = simulator.clock.now();
  return {
    endpoints: simulator.endpoints,
    instanceId: simulator.instanceId,
    now: now.toISOString(),
    requests: simulator.requests.length,
    keys: simulator.pushes().map(({ user, fingerprint, requestId, expires }) => {
      return { user, fingerprint, requestId, secondsLeft: Math.ceil((expires.getTime() - now.getTime()) / 1000) };
    }),
    faults: simulator.faults.rules,
    revoked: [...simulator.authority.revoked],
  };
}
