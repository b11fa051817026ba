/**
 * The program's paths, times and connections, each with its unit and reason, and the settings that can be changed in
 * /etc/eic-agent/config.toml. Limits of a format are defined next to its parser; docs/protocol.md lists all of them.
 * No setting is read from the environment: an attacker who can set a variable must not be able to redirect a login.
 */
import type { AuditSettings } from "./audit/audit.ts";
import { readRequiredFile, readTrustedFile } from "./host/trusted-files.ts";
import type { Origin } from "./metadata/http-exchange.ts";
import { ALLOW_ALL, type Policy } from "./verify/policy.ts";

/** The settings file. It must belong to root, and is optional. */
export const SETTINGS_PATH = "/etc/eic-agent/config.toml";

/** Maximum bytes of a settings file; a larger file is invalid. */
export const SETTINGS_LIMIT = 64 * 1024;
/** Maximum bytes of an anchors file; enough for every CA certificate that exists. */
export const ANCHORS_LIMIT = 1024 * 1024;

/** The two addresses of the instance metadata service. IPv6 exists on Nitro only and is off by default. */
const METADATA_ORIGINS = [
  { host: "169.254.169.254", port: 80 },
  { host: "fd00:ec2::254", port: 80 },
] as const;

/** Milliseconds. sshd has no time limit except LoginGraceTime, and later penalises the client for a delay here. */
export const DEADLINE_MS = { least: 500, most: 4000 } as const;

/**
 * Milliseconds for a chained command. Longer than DEADLINE_MS: such commands query directories and identity providers
 * over a network. The maximum fits into sshd's LoginGraceTime (120 s) several times.
 */
export const CHAIN_DEADLINE_MS = { least: 1000, usual: 8000, most: 20_000 } as const;

/** Seconds. EC2 offers every instance a clock that is accurate to the millisecond; five minutes off means a broken clock. */
export const CLOCK_SKEW_SECONDS = { usual: 300, most: 900 } as const;

/** Milliseconds. The metadata service is on the host itself, so a connection that takes longer will not be made. */
export const CONNECT_MS = 500;
/** Milliseconds for one request, including its reply. */
export const REQUEST_MS = 1000;
/**
 * Maximum connections at one time. The metadata service is a fraction of a millisecond away, so more would gain nothing.
 * Each costs packets, and EC2 allows a host 1,024 packets a second for metadata, DNS and time together.
 */
export const SOCKETS = 3;
/** Milliseconds kept back from the deadline, so that the record of a call that took all its time is within it, too. */
export const RECORD_MS = 150;

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
};

/**
 * Reads the settings file. The parser is loaded only if there is a file.
 * @param named the file of --config; undefined for the default file, which alone may be absent
 * @throws Fault FILE_UNREADABLE, FILE_UNTRUSTED, SETTINGS_INVALID: unreadable settings must not grant access
 */
export async function loadSettings(named: string | undefined): Promise<Settings> {
  const file = { path: named ?? SETTINGS_PATH, mayBeOwn: named !== undefined, limit: SETTINGS_LIMIT };
  const text = named === undefined ? readTrustedFile(file) : readRequiredFile(file);
  if (text === undefined) return DEFAULTS;
  return (await import("./settings-file.ts")).parseSettings(text, file.path);
}
