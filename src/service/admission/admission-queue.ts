/**
 * Decides which calls are worked on, which wait, and which get "busy". Users take turns, so that the calls of one user never
 * keep out those of another: when the queue is full, the user with the most calls in it loses a place.
 */
import type { Clock } from "../clock.ts";
import { FairQueue } from "./fair-queue.ts";

export interface Capacity {
  /** Maximum calls in progress at one time. */
  readonly work: number;
  /** Additional places for calls that can be answered from the cache: they do not wait behind calls that have to fetch. */
  readonly fastPath: number;
  /** Maximum calls that wait for a place. */
  readonly waiting: number;
}

/** The function that ends the work of an admitted call; or `busy`: the client must ask again. */
export type Admission = (() => void) | "busy";

export class AdmissionQueue {
  readonly #capacity: Capacity;
  readonly #clock: Clock;
  readonly #queue = new FairQueue<Admission>();
  #work = 0;
  #fastPath = 0;

  constructor(capacity: Capacity, clock: Clock) {
    this.#capacity = capacity;
    this.#clock = clock;
  }

  get inProgress(): number {
    return this.#work + this.#fastPath;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /**
   * @param fastPath for a call that can be answered from the cache
   * @param signal aborted when the call is no longer wanted: the promise then rejects
   */
  acquire(user: string, fastPath: boolean, signal: AbortSignal): Promise<Admission> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (fastPath && this.#fastPath < this.#capacity.fastPath) {
      this.#fastPath += 1;
      return Promise.resolve(() => {
        this.#fastPath -= 1;
      });
    }
    const isFull = this.#work >= this.#capacity.work && this.#queue.size >= this.#capacity.waiting;
    if (isFull && !this.#evictFromLargestUser(user)) return Promise.resolve("busy");
    const admission = this.#queue.wait(user, signal);
    this.#admitNext();
    return admission;
  }

  #admitNext(): void {
    if (this.#work >= this.#capacity.work) return;
    const now = this.#clock.monotonic();
    const next = this.#queue.next(now);
    if (next === undefined) return;
    this.#work += 1;
    this.#queue.serve(next.user, now, () => {
      this.#work -= 1;
      this.#admitNext();
    });
  }

  /** Answers "busy" to the newest call of the user with the most calls, unless the new call's user would have as many. */
  #evictFromLargestUser(user: string): boolean {
    const largest = this.#queue.largestUser();
    if (largest === undefined || this.#queue.countOf(largest) <= this.#queue.countOf(user) + 1) return false;
    this.#queue.evictNewest(largest, "busy");
    return true;
  }
}
