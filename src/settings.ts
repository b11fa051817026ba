/**
 * The program's paths, times and connections, each with its unit and reason, and what /etc/eic-agent/config.toml may
 * change of them. Limits of a format stand beside its reader; docs/protocol.md lists them all.
 * No environment is read, here or anywhere: who can set a variable must not be able to point a login elsewhere.
 */
import type { AuditSettings } from "./audit/audit.ts";
import { readRequiredFile, readTrustedFile } from "./host/trusted-files.ts";
import type { Origin } from "./metadata/http-exchange.ts";
import { ALLOW_ALL, type Policy } from "./verify/policy.ts";

/** Root's, and optional. */
export const SETTINGS_PATH = "/etc/eic-agent/config.toml";

/** Bytes; larger is no settings file. */
export const SETTINGS_LIMIT = 64 * 1024;
/** Bytes; room for every CA certificate there is. */
export const ANCHORS_LIMIT = 1024 * 1024;

/** The two addresses of the instance metadata service; IPv6 exists on Nitro only and is off by default. */
const METADATA_ORIGINS = [
  { host: "169.254.169.254", port: 80 },
  { host: "fd00:ec2::254", port: 80 },
] as const;

/** Milliseconds. sshd sets no limit of its own but LoginGraceTime, and later penalises the client for our delay. */
export const DEADLINE_MS = { least: 500, most: 4000 } as const;

/**
 * Milliseconds for a command that is chained. Longer than ours: such commands ask directories and identity providers
 * over a network. At most what fits into sshd's LoginGraceTime (120 s) several times.
 */
export const CHAIN_DEADLINE_MS = { least: 1000, usual: 8000, most: 20_000 } as const;

/** Seconds. EC2 offers every instance a clock that is right to the millisecond; five minutes is a clock gone wrong. */
export const CLOCK_SKEW_SECONDS = { usual: 300, most: 900 } as const;

/** Milliseconds: the service is on the host itself, so a connection that takes longer will not come. */
export const CONNECT_MS = 500;
/** Milliseconds for one request with its reply. */
export const REQUEST_MS = 1000;
/**
 * Connections at one time. The service is a fraction of a millisecond away, so more would gain nothing; and each costs
 * packets, of which EC2 allows a host 1,024 a second for metadata, DNS and time together.
 */
export const SOCKETS = 3;
/** Milliseconds, kept back from the deadline: the record of a call that took all its time is to be within it, too. */
export const RECORD_MS = 150;

export interface Settings {
  /** Tried in order; the next one only where no connection could be made. */
  readonly origins: readonly [Origin, ...Origin[]];
  readonly deadlineMs: number;
  /** Instead of the pinned roots. */
  readonly anchors: string | undefined;
  /** Beside the pinned roots, or beside `anchors`. */
  readonly extraAnchors: string | undefined;
  readonly domains: readonly string[];
  readonly instance: {
    readonly id: string | undefined;
    readonly dmiPath: string | undefined;
    readonly hypervisorPath: string | undefined;
    readonly checkIdentity: boolean;
  };
  readonly clockSkewSeconds: number;
  /** For a command that is chained; see CHAIN_DEADLINE_MS. */
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
 * Reads the settings file. What parses it is loaded only where there is one.
 * @param named the file of --config; undefined for the default one, which alone may be absent
 * @throws Fault FILE_UNREADABLE, FILE_UNTRUSTED, SETTINGS_INVALID: what cannot be read must not open anything
 */
export async function loadSettings(named: string | undefined): Promise<Settings> {
  const file = { path: named ?? SETTINGS_PATH, mayBeOwn: named !== undefined, limit: SETTINGS_LIMIT };
  const text = named === undefined ? readTrustedFile(file) : readRequiredFile(file);
  if (text === undefined) return DEFAULTS;
  return (await import("./settings-file.ts")).parseSettings(text, file.path);
}
