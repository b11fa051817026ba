/** The service's bounds, each with its unit and reason. None is a setting: a host is protected by all of them together. */

/** Calls. Of 64 in work, eight are kept for those that memory can answer. */
export const CAPACITY = { work: 56, express: 8, waiting: 512 } as const;

/** Connections: all calls, and some whose request has not come yet. Above, whatever is asked is told "busy". */
export const MOST_CONNECTIONS = 768;
/** Connections that are taken at all; descriptors are bounded, too. */
export const MOST_SOCKETS = 1536;

/** Milliseconds in which a request must have come, and in which an answer must have been taken. */
export const REQUEST_MS = 1000;
export const WRITE_TIMEOUT_MS = 1000;

/** Connections to the metadata service. */
export const METADATA_CONNECTIONS = 32;
/** Of these, kept open while nothing is asked; and milliseconds for which. */
export const METADATA_IDLE_CONNECTIONS = 4;
export const METADATA_KEPT_MS = 4000;

/**
 * Key documents. All together 200 a second: with what a request costs in packets, well below the 1,024 a second that
 * EC2 allows a host for metadata, DNS and time. Twenty may go at once, so that a crowd is not let in one by one.
 */
export const DOCUMENT_PACE = { gapMs: 25, most: 20, windowMs: 100 } as const;
/** Signers: nine requests each; four times a second where nothing can be proven. */
export const SIGNER_PACE = { gapMs: 250, most: 4, windowMs: 1000 } as const;
/** Tokens: ten times a second where none is given. */
export const TOKEN_PACE = { gapMs: 100, most: 10, windowMs: 1000 } as const;

/**
 * While the metadata service does not answer (admission/circuit-breaker.ts). It is suspected after so many requests in a row, and held for
 * dead after so many, if it has not answered the watch within `longMs` either: longer than a request may take, so that
 * one that is only slow never is. Milliseconds of the short attempt: a healthy service answers within five, and an
 * ordinary login with five offered keys waits for six of them.
 */
export const BREAKER = { suspicious: 2, unanswered: 3, longMs: 2000, everyMs: 1000, shortMs: 75 } as const;

/** Seconds for which a token is asked: the most that there is. Milliseconds for which it is used, somewhat less. */
export const TOKEN_LIFETIME = 21_600;
export const TOKEN_TTL_MS = (TOKEN_LIFETIME - 60) * 1000;
/** Milliseconds for which a proven signer is used without asking again. */
export const SIGNER_TTL_MS = 600_000;
/** Milliseconds for which a key document is used: sshd asks twice within a login. */
export const DOCUMENT_TTL_MS = 2000;
/** Documents, and bytes of one: 4 MiB together. A usual document has 700 bytes a key. */
export const MOST_DOCUMENTS = 64;
export const MOST_DOCUMENT_BYTES = 64 * 1024;

/** Milliseconds without a call after which the service ends; the socket starts it again. */
export const IDLE_MS = 300_000;
