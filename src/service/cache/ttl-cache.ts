/**
 * What is remembered, by name, for a time: the one door to node-cache. Its own times are the wall clock's, so they are
 * only a broom here; the age that counts is ours. It throws where it is full; then everything is forgotten.
 */
import NodeCache from "node-cache";
import type { Clock } from "../clock.ts";

export interface Entry<T> {
  readonly value: T;
  /** By the monotonic clock. */
  readonly since: number;
}

export interface MemoryOptions {
  /** Names at most. */
  readonly most: number;
  /** Milliseconds for which something is remembered. */
  readonly ms: number;
}

export class Memory<T> {
  readonly #cache: NodeCache;
  readonly #options: MemoryOptions;
  readonly #clock: Clock;

  constructor(options: MemoryOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    // Clones of keys and certificates would be no keys and certificates; see docs/decisions/0105-what-is-remembered.md.
    this.#cache = new NodeCache({
      useClones: false,
      checkperiod: 0,
      maxKeys: options.most,
      stdTTL: Math.ceil(options.ms / 1000) + 1,
    });
  }

  get(name: string): Entry<T> | undefined {
    const kept = this.#cache.get<Entry<T>>(place(name));
    if (kept === undefined) return undefined;
    if (this.#clock.monotonic() - kept.since <= this.#options.ms) return kept;
    this.forget(name);
    return undefined;
  }

  /** @param since from when on it counts: for what was fetched, when that began */
  set(name: string, value: T, since: number): void {
    this.forget(name);
    if (this.#cache.keys().length >= this.#options.most) this.clear();
    this.#cache.set<Entry<T>>(place(name), { value, since });
  }

  forget(name: string): void {
    this.#cache.del(place(name));
  }

  clear(): void {
    this.#cache.flushAll();
  }

  get size(): number {
    return this.#cache.keys().length;
  }
}

/** Its store is a plain object: a user called `__proto__` must not be one of its own names. */
const place = (name: string): string => `=${name}`;
