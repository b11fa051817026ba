/**
 * The settings that can be changed in /etc/eic-agent/config.toml, and their defaults. No setting is read from the
 * environment: an attacker who can set a variable must not be able to redirect a login.
 */
import type { AuditSettings } from "../audit/audit.ts";
import type { Origin } from "../metadata/http-exchange.ts";
import { ALLOW_ALL, type Policy } from "../verify/policy.ts";
import { CHAIN_DEADLINE_MS, CLOCK_SKEW_SECONDS, DEADLINE_MS, METADATA_ORIGINS } from "./limits.ts";

export interface Settings {
  /** Tried in order; the next one only if no connection could be made. */
  readonly origins: readonly [Origin, ...Origin[]];
  readonly deadlineMs: number;
  /** Anchors file that replaces the pinned roots. */
  readonly anchors: string | undefined;
  /** Anchors file in addition to the pinned roots, or to `anchors`. */
  readonly extraAnchors: string | undefined;
  readonly domains: readonly string[];
  readonly instance: {
    readonly id: string | undefined;
    readonly dmiPath: string | undefined;
    readonly hypervisorPath: string | undefined;
    readonly checkIdentity: boolean;
  };
  readonly clockSkewSeconds: number;
  /** Deadline of a chained command; see CHAIN_DEADLINE_MS. */
  readonly chainDeadlineMs: number;
  readonly audit: AuditSettings;
  readonly policy: Policy;
  /** Variable that names the caller in the session; undefined for none. */
  readonly callerVariable: string | undefined;
}

export const DEFAULTS: Settings = {
  origins: METADATA_ORIGINS,
  deadlineMs: DEADLINE_MS.most,
  anchors: undefined,
  extraAnchors: undefined,
  domains: [],
  instance: { id: undefined, dmiPath: undefined, hypervisorPath: undefined, checkIdentity: true },
  clockSkewSeconds: CLOCK_SKEW_SECONDS.usual,
  chainDeadlineMs: CHAIN_DEADLINE_MS.usual,
  audit: { target: "syslog", format: "text", required: false },
  policy: ALLOW_ALL,
  callerVariable: undefined,
};
