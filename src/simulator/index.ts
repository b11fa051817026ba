/**
 * The program interface of the npm package `eic-simulator`: EC2 Instance Connect on this machine, for tests.
 *
 * ```ts
 * const simulator = await startSimulator();
 * const { apiEndpoint: endpoint, region, credentials } = simulator;   // for any AWS SDK
 * ```
 */
import "reflect-metadata"; // must be first: the certificate library looks up its parts through it

export type { PermissionChange } from "./api/principal-list.ts";
export type { Credentials, Permissions, Principal, PrincipalOptions } from "./api/principals.ts";
export type { CallRecord } from "./api/record.ts";
export type { Throttling } from "./api/throttle.ts";
export type { Authority } from "./authority/authority.ts";
export type { AuthorityOptions } from "./authority/options.ts";
export { type Clock, runningClock, standingClock } from "./clock.ts";
export type { AnyFault, FaultRule, Faults } from "./faults.ts";
export type { Instance, InstanceCondition, InstanceOptions } from "./imds/instances.ts";
export type { Push, Pushed } from "./imds/key-store.ts";
export type { Address } from "./server.ts";
export type { Tables, WrittenSettings } from "./settings.ts";
export { type RequestRecord, type Simulator, type SimulatorOptions, startSimulator } from "./simulator.ts";
