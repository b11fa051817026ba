/** What a simulator can be started with, and what is so where nothing is said. */
import type { PrincipalOptions } from "./api/principals.ts";
import type { CallRecord } from "./api/record.ts";
import type { Rate } from "./api/throttle.ts";
import type { AuthorityOptions } from "./authority/options.ts";
import type { Clock } from "./clock.ts";
import type { RequestRecord } from "./imds/imds-server.ts";
import type { InstanceOptions } from "./imds/instances.ts";
import type { Pushed } from "./imds/key-store.ts";
import type { Address } from "./server.ts";

export interface SimulatorOptions {
  /** Of the first instance's metadata service; 127.0.0.1 by default; with `port`, short for `listen`. */
  host?: string;
  /** Any free one by default. */
  port?: number;
  /** Every address that it is to listen on; the first is `endpoint`. */
  listen?: readonly [Address, ...Address[]];
  /** Where the API listens; 127.0.0.1 and any free port by default. */
  api?: Address;
  /** Milliseconds in which a call of the API must have come; 10,000 by default. */
  apiPatience?: number;
  region?: string;
  domain?: string;
  partition?: string;
  /** Of the one instance, where `instances` does not name several. */
  instanceId?: string;
  availabilityZone?: string;
  instances?: readonly [InstanceOptions, ...InstanceOptions[]];
  /** Who pushes where a push names nobody; the ARN of the one principal, where `principals` names none. */
  caller?: string;
  principals?: readonly [PrincipalOptions, ...PrincipalOptions[]];
  throttling?: Partial<Rate>;
  authority?: AuthorityOptions;
  clock?: Clock;
  /** How many requests and how many calls are remembered; all by default. */
  remember?: number;
  /** Called for each request to a metadata service as it is answered. */
  onRequest?: (record: RequestRecord) => void;
  onPush?: (pushed: Pushed) => void;
  /** Called for each call of the API as it is answered. */
  onCall?: (record: CallRecord) => void;
}

/** Everything that has a simple default, with it. */
export function withDefaults(options: SimulatorOptions) {
  const { region = "us-east-1", domain = "amazonaws.com", partition = "aws" } = options;
  const { instanceId: id = "i-0abcdef1234567890", availabilityZone = `${region}a` } = options;
  const arn = options.caller ?? `arn:${partition}:sts::111122223333:assumed-role/Simulated/session`;
  const one: readonly [InstanceOptions] = [{ id, availabilityZone }];
  const owner: readonly [PrincipalOptions] = [{ arn }];
  const { host = "127.0.0.1", port = 0 } = options;
  const { instances = one, principals = owner, api = { host: "127.0.0.1", port: 0 } } = options;
  // A first instance that says where its metadata service listens needs no other place.
  const listen: readonly Address[] = options.listen ?? (instances[0].metadata === undefined ? [{ host, port }] : []);
  return { region, domain, partition, instances, principals, api, listen, caller: options.caller ?? principals[0].arn };
}
