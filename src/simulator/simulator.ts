/** The simulator as one object, for tests and for the command line: clock, authority, instances, faults, both services. */

import { serveApi } from "./api/api-server.ts";
import { byAccessKey, type Credentials, type Principal, principal } from "./api/principals.ts";
import type { CallRecord } from "./api/record.ts";
import { rateOf, throttle } from "./api/throttle.ts";
import { type Authority, startAuthority } from "./authority/authority.ts";
import { memory } from "./bounded-list.ts";
import { type Clock, runningClock } from "./clock.ts";
import { type Faults, faultRules } from "./faults.ts";
import { type Override, type Overrides, type RequestRecord, setOverride } from "./imds/imds-server.ts";
import type { Instance } from "./imds/instances.ts";
import type { Push, Pushed } from "./imds/key-store.ts";
import { startInstances } from "./imds/start-instances.ts";
import { present } from "./present.ts";
import type { Listening } from "./server.ts";
import { type Tables, type WrittenSettings, writeSettings } from "./settings.ts";
import { type SimulatorOptions, withDefaults } from "./simulator-options.ts";

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
  /** Writes config.toml and anchors.pem for the agent; `more` adds or replaces settings. */
  writeSettings(folder: string, more?: Tables, of?: string): Promise<WrittenSettings>;
  close(): Promise<void>;
}

export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { clock = runningClock(), onRequest, onCall } = options;
  const settings = withDefaults(options);
  const { region, domain } = settings;
  const authority = await startAuthority(`managed-ssh-signer.${region}.${domain}`, clock, options.authority);
  const principals = settings.principals.map(principal) as [Principal, ...Principal[]];
  const service = {
    region,
    domain,
    principals: byAccessKey(principals),
    startedAt: clock.now(),
    throttle: throttle(rateOf(options.throttling)),
  };
  const faults = faultRules();
  const overrides: Overrides = new Map();
  const requests = memory<RequestRecord>(options.remember);
  const calls = memory<CallRecord>(options.remember);

  const listening: Listening[] = [];
  const close = async () => {
    await Promise.all(listening.map((one) => one.close()));
  };
  try {
    const world = { settings, authority, clock, faults, overrides, onPush: options.onPush };
    const instances = await startInstances(world, listening, (record) => {
      requests.add(record);
      onRequest?.(record);
    });
    const byId = new Map(instances.map((one) => [one.id, one]));
    const api = await serveApi({
      address: settings.api,
      service: { ...service, instances: byId },
      clock,
      faults,
      ...present({ patience: options.apiPatience, cors: options.cors }),
      onCall: (record) => {
        calls.add(record);
        onCall?.(record);
      },
    });
    listening.push(api);
    const [first] = instances;
    const instance = (id = first.id): Instance => {
      const one = byId.get(id);
      if (one === undefined) throw new Error(`there is no instance ${id}`);
      return one;
    };
    const [endpoint = ""] = first.endpoints;
    return {
      endpoint,
      endpoints: first.endpoints,
      apiEndpoint: api.endpoints[0],
      instanceId: first.id,
      instances,
      instance,
      region,
      domain,
      clock,
      authority,
      faults,
      principals,
      credentials: credentialsOf(principals[0]),
      requests: requests.kept,
      calls: calls.kept,
      close,
      get requestCount() {
        return requests.count;
      },
      get callCount() {
        return calls.count;
      },
      push: (push, to) => instance(to).keys.push(push),
      pushes: (of) => instance(of).keys.live(),
      override: (path, body) => setOverride(overrides, path, body),
      document: (user, of) => instance(of).keys.document(user) ?? Buffer.alloc(0),
      writeSettings: (folder, more, of) => {
        const { id, endpoints } = instance(of);
        const [at] = endpoints;
        if (at === undefined) throw new Error(`${id} has no metadata service`);
        return writeSettings(folder, { endpoint: at, instanceId: id, anchorsPem: authority.anchorsPem }, more);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function credentialsOf({ accessKeyId, secretAccessKey, sessionToken }: Principal): Credentials {
  return present({ accessKeyId, secretAccessKey, sessionToken });
}
