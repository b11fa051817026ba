/**
 * Decides which user's request to the metadata service is sent next, and when. EC2 allows a host 1,024 packets a second for
 * metadata, DNS and time together, and any client can make sshd ask: so requests have a rate limit, and users take turns.
 */
import type { Clock } from "../clock.ts";
import { FairQueue } from "./fair-queue.ts";

export interface Rate {
  /** Minimum milliseconds from one start for a user to the next. */
  readonly perUserIntervalMs: number;
  /** Maximum starts in any `windowMs` milliseconds, of all users together. */
  readonly burst: number;
  readonly windowMs: number;
}

export class RateLimiter {
  readonly #rate: Rate;
  readonly #clock: Clock;
  readonly #queue = new FairQueue<void>();
  /** The newest `burst` starts, oldest first. */
  readonly #starts: number[] = [];
  #cancelTimer: () => void = () => undefined;

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** Resolves when a request for this user may be sent; rejects with the signal's reason if it is aborted before. */
  acquire(user: string, signal: AbortSignal): Promise<void> {
    const turn = this.#queue.wait(user, signal);
    this.#startDue();
    return turn;
  }

  /** Starts the requests that are due, and sets a timer for the next one. */
  #startDue(): void {
    this.#cancelTimer();
    for (;;) {
      const now = this.#clock.monotonic();
      const next = this.#queue.next(now);
      if (next === undefined) return;
      const due = Math.max(this.#windowOpens(), next.lastTurn + this.#rate.perUserIntervalMs);
      if (due > now) {
        this.#cancelTimer = this.#clock.after(due - now, () => this.#startDue());
        return;
      }
      this.#starts.push(now);
      if (this.#starts.length > this.#rate.burst) this.#starts.shift();
      this.#queue.serve(next.user, now);
    }
  }

  /** Returns the time from which one more start does not exceed the burst. */
  #windowOpens(): number {
    const [oldest = Number.NEGATIVE_INFINITY] = this.#starts;
    return this.#starts.length < this.#rate.burst ? Number.NEGATIVE_INFINITY : oldest + this.#rate.windowMs;
  }
}
