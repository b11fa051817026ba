/**
 * Decides which calls are worked on, which wait, and which get "busy". Users take turns, so that the calls of one user never
 * keep out those of another: when the queue is full, the user with the most calls in it loses a place.
 */
import type { Clock } from "../clock.ts";
import { LastServed } from "./lru-order.ts";

export interface Capacity {
  /** Maximum calls in work at one time. */
  readonly work: number;
  /** Additional places for calls that can be answered from memory: they do not wait behind calls that have to fetch. */
  readonly express: number;
  /** Maximum calls that wait for a place. */
  readonly waiting: number;
}

/** The function that ends the work of an admitted call; or `busy`: the client must ask again. */
export type Admission = (() => void) | "busy";

/** Milliseconds, and number of users. */
const REMEMBERED = { ms: 10_000, most: 4096 } as const;

type Settle = (entered: Admission) => void;

export class AdmissionQueue {
  readonly #places: Capacity;
  readonly #clock: Clock;
  /** By user, each in the order of arrival. */
  readonly #waiting = new Map<string, Settle[]>();
  readonly #recency = new LastServed(REMEMBERED);
  #work = 0;
  #express = 0;
  #count = 0;

  constructor(places: Capacity, clock: Clock) {
    this.#places = places;
    this.#clock = clock;
  }

  get inWork(): number {
    return this.#work + this.#express;
  }

  get waiting(): number {
    return this.#count;
  }

  /**
   * @param express for a call that can be answered from memory
   * @param signal aborted when the call is no longer wanted: the promise then rejects
   */
  acquire(user: string, express: boolean, signal: AbortSignal): Promise<Admission> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (express && this.#express < this.#places.express) {
      this.#express += 1;
      return Promise.resolve(() => {
        this.#express -= 1;
      });
    }
    if (this.#work < this.#places.work) return Promise.resolve(this.#begin(user));
    if (this.#count >= this.#places.waiting && !this.#makeRoom(user)) return Promise.resolve("busy");
    return this.#wait(user, signal);
  }

  #begin(user: string): () => void {
    this.#work += 1;
    this.#recency.mark(user, this.#clock.monotonic());
    return () => this.#leave();
  }

  #leave(): void {
    this.#work -= 1;
    const user = this.#count === 0 ? undefined : this.#next();
    const first = user === undefined ? undefined : this.#waiting.get(user)?.[0];
    if (user === undefined || first === undefined) return;
    this.#remove(user, first);
    first(this.#begin(user));
  }

  #wait(user: string, signal: AbortSignal): Promise<Admission> {
    const { promise, resolve, reject } = Promise.withResolvers<Admission>();
    const settle: Settle = (entered) => {
      signal.removeEventListener("abort", gone);
      resolve(entered);
    };
    const gone = () => {
      this.#remove(user, settle);
      reject(signal.reason);
    };
    signal.addEventListener("abort", gone, { once: true });
    const line = this.#waiting.get(user);
    if (line === undefined) this.#waiting.set(user, [settle]);
    else line.push(settle);
    this.#count += 1;
    return promise;
  }

  #remove(user: string, settle: Settle): void {
    const line = this.#waiting.get(user);
    const at = line?.indexOf(settle) ?? -1;
    if (line === undefined || at === -1) return;
    line.splice(at, 1);
    this.#count -= 1;
    if (line.length === 0) this.#waiting.delete(user);
  }

  /** Returns the user served longest ago; of users never served, the one that came first. */
  #next(): string | undefined {
    const now = this.#clock.monotonic();
    let next: { user: string | undefined; last: number } = { user: undefined, last: Number.POSITIVE_INFINITY };
    for (const user of this.#waiting.keys()) {
      const last = this.#recency.last(user, now);
      if (last < next.last) next = { user, last };
      if (last === Number.NEGATIVE_INFINITY) break;
    }
    return next.user;
  }

  /** Answers "busy" to the newest call of the user with the most waiting calls, unless that is the user of the new call. */
  #makeRoom(user: string): boolean {
    const own = this.#waiting.get(user)?.length ?? 0;
    let most = { user, length: own + 1 };
    for (const [other, { length }] of this.#waiting) if (length > most.length) most = { user: other, length };
    const last = most.user === user ? undefined : this.#waiting.get(most.user)?.at(-1);
    if (last === undefined) return false;
    this.#remove(most.user, last);
    last("busy");
    return true;
  }
}
