/** The simulator as one object, for tests and for the command line: clock, authority, instances, faults, both services. */

import { serveApi } from "./api/api-server.ts";
import { type PermissionChange, principalList } from "./api/principal-list.ts";
import type { Credentials, Principal, PrincipalOptions } from "./api/principals.ts";
import type { CallRecord } from "./api/record.ts";
import { rateOf, throttle } from "./api/throttle.ts";
import { type Authority, startAuthority } from "./authority/authority.ts";
import { memory } from "./bounded-list.ts";
import { type Clock, clockFrom, runningClock } from "./clock.ts";
import { type Faults, faultRules } from "./faults.ts";
import { type Override, type Overrides, type RequestRecord, setOverride } from "./imds/imds-server.ts";
import { startInstances } from "./imds/instance-list.ts";
import type { Instance, InstanceCondition, InstanceOptions } from "./imds/instances.ts";
import type { Push, Pushed } from "./imds/key-store.ts";
import { present } from "./present.ts";
import { type Tables, type WrittenSettings, writeSettings } from "./settings.ts";
import { type SimulatorOptions, withDefaults } from "./simulator-options.ts";
import { continuedInstances, continuedPrincipals, stateOf } from "./state/continued.ts";
import { openState } from "./state/state-file.ts";

export type { RequestRecord } from "./imds/imds-server.ts";
export type { SimulatorOptions } from "./simulator-options.ts";

export interface Simulator {
  /** URL of the first instance's metadata service. */
  readonly endpoint: string;
  readonly endpoints: readonly string[];
  /** URL of the EC2 Instance Connect API: the endpoint for an SDK. */
  readonly apiEndpoint: string;
  /** Credentials of the first principal. */
  readonly credentials: Credentials;
  readonly principals: readonly [Principal, ...Principal[]];
  /** Id of the first instance. */
  readonly instanceId: string;
  readonly instances: readonly [Instance, ...Instance[]];
  /** Returns an instance; the first if no id is given. */
  instance(id?: string): Instance;
  readonly region: string;
  readonly domain: string;
  readonly clock: Clock;
  readonly authority: Authority;
  readonly faults: Faults;
  /** All requests to metadata services, or the newest of them; `requestCount` counts all. */
  readonly requests: RequestRecord[];
  readonly requestCount: number;
  /** All calls of the API, or the newest of them; `callCount` counts all. */
  readonly calls: CallRecord[];
  readonly callCount: number;
  /** @param to id of the instance that gets the key; the first by default */
  push(push: Push, to?: string): Pushed;
  /** Returns all live keys for the users of an instance. */
  pushes(of?: string): Pushed[];
  /** Makes a path serve `body` instead of its value or its 404; a token is still needed. No `body`: ends the override. */
  override(path: string, body?: Override): void;
  /** Returns the key document as served now; empty if no key is live. */
  document(user: string, of?: string): Buffer;
  /** Adds an instance while the simulator runs. With `metadata`, it has a metadata service there. */
  addInstance(options: InstanceOptions): Promise<Instance>;
  /** Changes the condition of an instance; of the first if no id is given. */
  changeInstance(id: string | undefined, change: Partial<InstanceCondition>): Instance;
  /** Removes an instance and its metadata service. The first instance cannot be removed. */
  removeInstance(id: string): Promise<void>;
  /** Adds a principal while the simulator runs. Credentials that are not given are generated. */
  addPrincipal(options: PrincipalOptions): Principal;
  /**
   * Replaces the permissions that are named; one that is undefined has its default again.
   * @param which ARN or access key id
   */
  changePrincipal(which: string, change: PermissionChange): Principal;
  /** Removes a principal by ARN or access key id. The first principal cannot be removed. */
  removePrincipal(which: string): void;
  /** Ends live keys without moving the clock: all, or those of a user or of an instance. Returns the number of keys. */
  expire(which?: { user?: string; instanceId?: string }): number;
  /**
   * Puts everything back as it was after the start, for the next test: keys, faults, overrides, clock, authority, instances,
   * principals and token buckets. The recorded requests and calls are forgotten.
   */
  reset(): Promise<void>;
  /** Writes config.toml and anchors.pem for the agent; `more` adds or replaces settings. */
  writeSettings(folder: string, more?: Tables, of?: string): Promise<WrittenSettings>;
  close(): Promise<void>;
}

/** Starts metadata services, API and authority. The caller must close the simulator. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { onRequest, onCall } = options;
  const clock = options.clock ?? (options.at === undefined ? runningClock() : clockFrom(options.at));
  const state = options.state === undefined ? undefined : openState(options.state);
  const saved = state?.saved;
  const given = withDefaults(options);
  const settings = { ...given, instances: continuedInstances(given.instances, saved) };
  const { region, domain } = settings;
  const principals = principalList(continuedPrincipals(settings.principals, saved), saved?.principals);
  const host = `managed-ssh-signer.${region}.${domain}`;
  const continuity = { saved: saved?.authority, onRotate: () => save() };
  const authority = await startAuthority(host, clock, options.authority, continuity);
  const bucket = throttle(rateOf(options.throttling));
  const faults = faultRules();
  const overrides: Overrides = new Map();
  const requests = memory<RequestRecord>(options.remember);
  const calls = memory<CallRecord>(options.remember);
  const record = (one: RequestRecord) => {
    requests.add(one);
    onRequest?.(one);
  };

  const world = { settings, authority, clock, faults, overrides, onPush: options.onPush, onRequest: record };
  const instances = await startInstances(world, saved?.instances);
  const save = () => state?.save(stateOf(authority, instances, principals, given.instances));
  try {
    const service = {
      region,
      domain,
      principals: principals.byAccessKey,
      instances: instances.byId,
      startedAt: clock.now(),
      throttle: bucket,
    };
    const api = await serveApi({
      address: settings.api,
      service,
      clock,
      faults,
      ...present({ patience: options.apiPatience, cors: options.cors, advertise: settings.advertise }),
      onCall: (one) => {
        calls.add(one);
        onCall?.(one);
      },
    });
    save();
    const first = instances.get();
    const [endpoint = ""] = first.endpoints;
    return {
      endpoint,
      endpoints: first.endpoints,
      apiEndpoint: api.endpoints[0],
      instanceId: first.id,
      get instances() {
        return instances.all;
      },
      instance: instances.get,
      region,
      domain,
      clock,
      authority,
      faults,
      get principals() {
        return principals.all;
      },
      credentials: credentialsOf(principals.all[0]),
      requests: requests.kept,
      calls: calls.kept,
      get requestCount() {
        return requests.count;
      },
      get callCount() {
        return calls.count;
      },
      push: (push, to) => instances.get(to).keys.push(push),
      pushes: (of) => instances.get(of).keys.live(),
      override: (path, body) => setOverride(overrides, path, body),
      document: (user, of) => instances.get(of).keys.document(user) ?? Buffer.alloc(0),
      addInstance: async (one) => saving(await instances.add(one)),
      changeInstance: (id, change) => saving(instances.change(id, change)),
      removeInstance: async (id) => saving(await instances.remove(id)),
      addPrincipal: (one) => saving(principals.add(one)),
      changePrincipal: (which, change) => saving(principals.change(which, change)),
      removePrincipal: (which) => saving(principals.remove(which)),
      expire: ({ user, instanceId } = {}) => {
        const from = instanceId === undefined ? instances.all : [instances.get(instanceId)];
        // A key on a serial port is for no user.
        const ended = from.map(
          ({ keys, serialPort }) => keys.expire(user) + (user === undefined ? serialPort.expire() : 0),
        );
        return ended.reduce((sum, count) => sum + count, 0);
      },
      reset: async () => {
        clock.reset();
        faults.clear();
        overrides.clear();
        bucket.reset();
        principals.reset();
        await authority.reset();
        await instances.reset();
        requests.clear();
        calls.clear();
        save();
      },
      writeSettings: (folder, more, of) => {
        const { id, endpoints } = instances.get(of);
        const [at] = endpoints;
        if (at === undefined) throw new Error(`${id} has no metadata service`);
        return writeSettings(folder, { endpoint: at, instanceId: id, anchorsPem: authority.anchorsPem }, more);
      },
      close: async () => {
        await Promise.all([instances.close(), api.close()]);
        save();
      },
    };
  } catch (error) {
    await instances.close();
    throw error;
  }

  /** Keeps the change that has led to this result. */
  function saving<T>(result: T): T {
    save();
    return result;
  }
}

function credentialsOf({ accessKeyId, secretAccessKey, sessionToken }: Principal): Credentials {
  return present({ accessKeyId, secretAccessKey, sessionToken });
}
