/**
 * Caches values by name for a limited time. Only this file uses node-cache. Its TTL uses the wall clock and is only for
 * clean-up; the age is checked here, by the monotonic clock. It throws when it is full, so everything is discarded then.
 */
import NodeCache from "node-cache";
import type { Clock } from "../clock.ts";

export interface Entry<T> {
  readonly value: T;
  /** Time from which its age counts, by the monotonic clock. */
  readonly since: number;
}

export interface TtlCacheOptions {
  readonly maxEntries: number;
  /** Milliseconds for which a value is kept. */
  readonly ttlMs: number;
}

export class TtlCache<T> {
  readonly #cache: NodeCache;
  readonly #options: TtlCacheOptions;
  readonly #clock: Clock;

  constructor(options: TtlCacheOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    // A clone of a key or certificate could not be used as one; see docs/decisions/0105-what-is-remembered.md.
    this.#cache = new NodeCache({
      useClones: false,
      checkperiod: 0,
      maxKeys: options.maxEntries,
      stdTTL: Math.ceil(options.ttlMs / 1000) + 1,
    });
  }

  get(name: string): Entry<T> | undefined {
    const entry = this.#cache.get<Entry<T>>(cacheKey(name));
    if (entry === undefined) return undefined;
    if (this.#clock.monotonic() - entry.since <= this.#options.ttlMs) return entry;
    this.delete(name);
    return undefined;
  }

  /** @param since time from which its age counts; for a fetched value, the start of the fetch */
  set(name: string, value: T, since: number): void {
    this.delete(name);
    if (this.#cache.keys().length >= this.#options.maxEntries) this.clear();
    this.#cache.set<Entry<T>>(cacheKey(name), { value, since });
  }

  delete(name: string): void {
    this.#cache.del(cacheKey(name));
  }

  clear(): void {
    this.#cache.flushAll();
  }

  get size(): number {
    return this.#cache.keys().length;
  }
}

/** Prefixes a name. node-cache's store is a plain object, and `__proto__` may be the name of a user. */
const cacheKey = (name: string): string => `=${name}`;
