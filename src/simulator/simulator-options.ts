/** Options for starting a simulator, and their defaults. */
import type { PrincipalOptions } from "./api/principals.ts";
import type { CallRecord } from "./api/record.ts";
import type { Throttling } from "./api/throttle.ts";
import type { AuthorityOptions } from "./authority/options.ts";
import type { Clock } from "./clock.ts";
import type { RequestRecord } from "./imds/imds-server.ts";
import type { InstanceOptions } from "./imds/instances.ts";
import type { Pushed } from "./imds/key-store.ts";
import type { Address } from "./server.ts";

export interface SimulatorOptions {
  /** Host of the first instance's metadata service; 127.0.0.1 by default. `host` and `port` are short for `listen`. */
  host?: string;
  /** Any free port by default. */
  port?: number;
  /** Addresses on which the first instance's metadata service listens; the first is `endpoint`. */
  listen?: readonly [Address, ...Address[]];
  /** Address of the API; 127.0.0.1 and any free port by default. */
  api?: Address;
  /** Milliseconds within which a call of the API must arrive completely; 10,000 by default. */
  apiPatience?: number;
  /** Host name or address in all endpoints and written settings, instead of the address that is listened on: for containers. */
  advertise?: string;
  /** Permits calls of the API by pages of other origins in a browser; false by default. */
  cors?: boolean;
  region?: string;
  domain?: string;
  partition?: string;
  /** Id of the only instance, if `instances` is not given. */
  instanceId?: string;
  availabilityZone?: string;
  instances?: readonly [InstanceOptions, ...InstanceOptions[]];
  /** ARN for pushes that name no caller. It is also the ARN of the only principal, if `principals` is not given. */
  caller?: string;
  principals?: readonly [PrincipalOptions, ...PrincipalOptions[]];
  throttling?: Throttling;
  authority?: AuthorityOptions;
  /**
   * Folder that keeps keys, certificates, credentials, and instances and principals added at run time for the next start. It
   * is created with mode 0700, and refused if it belongs to another user or others may write to it.
   */
  state?: string;
  /** Time of the simulator's clock at the start; this machine's by default. Not with `clock`. */
  at?: Date;
  clock?: Clock;
  /** Maximum number of requests, and of calls, that are kept; all by default. */
  remember?: number;
  /** Called for each request to a metadata service as it is answered. */
  onRequest?: (record: RequestRecord) => void;
  onPush?: (pushed: Pushed) => void;
  /** Called for each call of the API as it is answered. */
  onCall?: (record: CallRecord) => void;
}

/** Returns the options that have a simple default, with the defaults filled in. */
export function withDefaults(options: SimulatorOptions) {
  const { region = "us-east-1", domain = "amazonaws.com", partition = "aws" } = options;
  const { instanceId: id = "i-0abcdef1234567890", availabilityZone = `${region}a` } = options;
  const arn = options.caller ?? `arn:${partition}:sts::111122223333:assumed-role/Simulated/session`;
  const one: readonly [InstanceOptions] = [{ id, availabilityZone }];
  const owner: readonly [PrincipalOptions] = [{ arn }];
  const { host = "127.0.0.1", port = 0 } = options;
  const { instances = one, principals = owner, api = { host: "127.0.0.1", port: 0 } } = options;
  // If the first instance has an address for its metadata service, no other address is needed.
  const listen: readonly Address[] = options.listen ?? (instances[0].metadata === undefined ? [{ host, port }] : []);
  const caller = options.caller ?? principals[0].arn;
  return { region, domain, partition, instances, principals, api, listen, caller, advertise: options.advertise };
}
