/** The service's limits, each with its unit and reason. None is a setting: only all of them together protect a host. */

/** Calls. Of 64 in progress, eight places are reserved for calls that can be answered from the cache. */
export const CAPACITY = { work: 56, fastPath: 8, waiting: 512 } as const;

/** Maximum connections: all calls, and some whose request has not arrived yet. Above this, every request gets "busy". */
export const MAX_CONNECTIONS = 768;
/** Maximum connections that are accepted at all; descriptors are limited, too. */
export const MAX_SOCKETS = 1536;

/** Milliseconds within which a request must arrive, and within which an answer must be read. */
export const REQUEST_MS = 1000;
export const WRITE_TIMEOUT_MS = 1000;

/** Maximum connections to the metadata service. */
export const METADATA_CONNECTIONS = 32;
/** Number of these that are kept open while idle; and the milliseconds for which they are kept. */
export const METADATA_IDLE_CONNECTIONS = 4;
export const METADATA_IDLE_MS = 4000;

/**
 * Key documents. 200 a second for all users together: with the packets that a request costs, this is well below the 1,024
 * a second that EC2 allows a host for metadata, DNS and time. Twenty may start at once, so that a burst is not serialised.
 */
export const DOCUMENT_RATE = { perUserIntervalMs: 25, burst: 20, windowMs: 100 } as const;
/** Signers: nine requests each; four times a second if no signer can be proven. */
export const SIGNER_RATE = { perUserIntervalMs: 250, burst: 4, windowMs: 1000 } as const;
/** Tokens: ten times a second if the metadata service issues none. */
export const TOKEN_RATE = { perUserIntervalMs: 100, burst: 10, windowMs: 1000 } as const;

/**
 * The circuit breaker of the metadata service (admission/circuit-breaker.ts). After `suspicious` requests in a row without
 * an answer its watch starts. After `unanswered` requests it opens, if the watch had no answer within `longMs` either; that
 * is longer than a request may take, so a service that is only slow never opens it. `shortMs` is the time of the short
 * attempt: a healthy service answers within five, and an ordinary login with five offered keys waits for six attempts.
 */
export const BREAKER = { suspicious: 2, unanswered: 3, longMs: 2000, everyMs: 1000, shortMs: 75 } as const;

/** Seconds of lifetime requested for a token: the maximum. Milliseconds for which a token is used: somewhat less. */
export const TOKEN_LIFETIME = 21_600;
export const TOKEN_TTL_MS = (TOKEN_LIFETIME - 60) * 1000;
/** Milliseconds for which a proven signer is used without another fetch. */
export const SIGNER_TTL_MS = 600_000;
/** Milliseconds for which a key document is used: sshd asks twice within a login. */
export const DOCUMENT_TTL_MS = 2000;
/** Maximum documents, and maximum bytes of one: 4 MiB together. A usual document has 700 bytes per key. */
export const MAX_DOCUMENTS = 64;
export const MAX_DOCUMENT_BYTES = 64 * 1024;

/** Milliseconds without a call after which the service ends; the socket starts it again. */
export const IDLE_MS = 300_000;
