/**
 * The program's paths, times and connections, each with its unit and reason. Limits of a format are defined next to its
 * parser; docs/protocol.md lists all of them.
 */

/** The settings file. It must belong to root, and is optional. */
export const SETTINGS_PATH = "/etc/eic-agent/config.toml";

/** Maximum bytes of a settings file; a larger file is invalid. */
export const SETTINGS_LIMIT = 64 * 1024;
/** Maximum bytes of an anchors file; enough for every CA certificate that exists. */
export const ANCHORS_LIMIT = 1024 * 1024;

/** The two addresses of the instance metadata service. IPv6 exists on Nitro only and is off by default. */
export const METADATA_ORIGINS = [
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
/**
 * Milliseconds after which a call of the one-shot program ends in any case. Until then, time in which the host gave the
 * program no processor time does not count for its deadline. The same as the maximum of a chained command.
 */
export const STARVED_MS = CHAIN_DEADLINE_MS.most;

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
