/** The common contract of the document cache and the signer cache: what they work with, a call's lookup and its result. */
import type { Settings } from "../../settings/defaults.ts";
import type { RateLimiter } from "../admission/rate-limiter.ts";
import type { Clock } from "../clock.ts";
import type { Source } from "../telemetry/counters.ts";
import type { MetadataClients } from "./metadata-clients.ts";
import type { TokenCache } from "./token-cache.ts";

export interface CacheOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly metadata: MetadataClients;
  readonly tokens: TokenCache;
  /** Of the requests that this cache makes. */
  readonly rateLimiter: RateLimiter;
}

/** Requirements of one call. */
export interface LookupOptions {
  /** Aborted when the answer is no longer wanted. */
  readonly signal: AbortSignal;
  /** Whether the value must be from a fetch that starts after the lookup. */
  readonly bypassCache: boolean;
}

export interface Lookup<T> {
  readonly value: T;
  readonly from: Source;
}
