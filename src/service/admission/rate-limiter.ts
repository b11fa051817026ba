/**
 * Decides which user's request to the metadata service is sent next, and when. EC2 allows a host 1,024 packets a second for
 * metadata, DNS and time together, and any client can make sshd ask: so requests have a rate limit, and users take turns.
 */
import type { Clock } from "../clock.ts";
import { LastServed } from "./lru-order.ts";

export interface Limits {
  /** Minimum milliseconds from one start for a user to the next. */
  readonly gapMs: number;
  /** Maximum starts in any `windowMs` milliseconds, of all users together. */
  readonly most: number;
  readonly windowMs: number;
}

interface Waiter {
  readonly begin: () => void;
}

/** Milliseconds, and number of users: far more than can be served in that time. */
const REMEMBERED = { ms: 10_000, most: 4096 } as const;

export class RateLimiter {
  readonly #limits: Limits;
  readonly #clock: Clock;
  /** By user, each in the order of arrival. */
  readonly #waiting = new Map<string, Waiter[]>();
  readonly #recency = new LastServed(REMEMBERED);
  /** The newest `most` starts, oldest first. */
  readonly #starts: number[] = [];
  #cancel: (() => void) | undefined;

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Resolves when a request for this user may be sent. Order: longest time since a user's last turn, then first come. */
  acquire(user: string, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal.aborted) return Promise.reject(signal.reason);
    const turn: Waiter = {
      begin: () => {
        signal.removeEventListener("abort", gone);
        resolve();
      },
    };
    const gone = () => {
      this.#leave(user, turn);
      reject(signal.reason);
    };
    signal.addEventListener("abort", gone, { once: true });
    const line = this.#waiting.get(user);
    if (line === undefined) this.#waiting.set(user, [turn]);
    else line.push(turn);
    this.#go();
    return promise;
  }

  get waiting(): number {
    return [...this.#waiting.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Number of users whose last turn is known. */
  get remembered(): number {
    return this.#recency.size;
  }

  #leave(user: string, turn: Waiter): void {
    const line = this.#waiting.get(user)?.filter((other) => other !== turn) ?? [];
    if (line.length === 0) this.#waiting.delete(user);
    else this.#waiting.set(user, line);
  }

  #go(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (;;) {
      if (this.#waiting.size === 0) return;
      const now = this.#clock.monotonic();
      const { user, at } = this.#next(now);
      if (at > now) {
        this.#cancel = this.#clock.after(at - now, () => this.#go());
        return;
      }
      this.#begin(user, now);
    }
  }

  /** Returns the user whose turn is next, and the earliest time for it. */
  #next(now: number): { user: string; at: number } {
    const { gapMs: perUserIntervalMs, most, windowMs } = this.#limits;
    const [oldest = Number.NEGATIVE_INFINITY] = this.#starts.length < most ? [] : this.#starts;
    let next = { user: "", last: Number.POSITIVE_INFINITY };
    for (const user of this.#waiting.keys()) {
      const last = this.#recency.last(user, now);
      if (last < next.last) next = { user, last };
    }
    return { user: next.user, at: Math.max(oldest + windowMs, next.last + perUserIntervalMs) };
  }

  #begin(user: string, now: number): void {
    const [turn] = this.#waiting.get(user) ?? [];
    if (turn !== undefined) this.#leave(user, turn);
    this.#recency.mark(user, now);
    this.#starts.push(now);
    if (this.#starts.length > this.#limits.most) this.#starts.shift();
    turn?.begin();
  }
}
