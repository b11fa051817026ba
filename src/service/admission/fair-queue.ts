/**
 * Waiters, in one queue for each user. The next user is the one served longest ago; users never served come before all
 * others, in order of arrival. So between two turns of a user that waits, each other user has one turn at most.
 */

/** Milliseconds for which a turn is remembered; maximum users: twice the key documents that can be fetched in that time. */
const REMEMBERED = { ms: 10_000, users: 4096 } as const;

/** Gives a waiter its value. */
type Give<T> = (value: T) => void;

/** @typeParam T what a waiter receives. All times are milliseconds of one monotonic clock. */
export class FairQueue<T> {
  /** By user, each in the order of arrival and never empty. */
  readonly #waiters = new Map<string, Give<T>[]>();
  /** Time of each user's last turn, the oldest first. */
  readonly #lastTurns = new Map<string, number>();
  #size = 0;

  /** Number of waiters of all users. */
  get size(): number {
    return this.#size;
  }

  /** Resolves with the value that `serve` or `evictNewest` gives; rejects with the signal's reason if it is aborted before. */
  wait(user: string, signal: AbortSignal): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const give: Give<T> = (value) => {
      signal.removeEventListener("abort", leave);
      resolve(value);
    };
    const leave = () => {
      this.#remove(user, give);
      reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    const queue = this.#waiters.get(user);
    if (queue === undefined) this.#waiters.set(user, [give]);
    else queue.push(give);
    this.#size += 1;
    return promise;
  }

  /** Returns the user whose turn is next, and the time of that user's last turn: minus infinity for never. */
  next(now: number): { readonly user: string; readonly lastTurn: number } | undefined {
    let next: { user: string; lastTurn: number } | undefined;
    for (const user of this.#waiters.keys()) {
      const lastTurn = this.#lastTurn(user, now);
      if (next === undefined || lastTurn < next.lastTurn) next = { user, lastTurn };
      // No later user comes before one that was never served. In a flood of unknown users, this is the first one.
      if (lastTurn === Number.NEGATIVE_INFINITY) break;
    }
    return next;
  }

  /** Gives the user's first waiter its value. This is the user's turn. */
  serve(user: string, now: number, value: T): void {
    this.#markTurn(user, now);
    this.#settle(user, this.#waiters.get(user)?.at(0), value);
  }

  /** Returns the number of this user's waiters. */
  countOf(user: string): number {
    return this.#waiters.get(user)?.length ?? 0;
  }

  /** Returns the user with the most waiters. */
  largestUser(): string | undefined {
    let largest: { user: string; count: number } | undefined;
    for (const [user, { length: count }] of this.#waiters) {
      if (largest === undefined || count > largest.count) largest = { user, count };
    }
    return largest?.user;
  }

  /** Gives the user's newest waiter this value. It counts as no turn. */
  evictNewest(user: string, value: T): void {
    this.#settle(user, this.#waiters.get(user)?.at(-1), value);
  }

  #settle(user: string, give: Give<T> | undefined, value: T): void {
    if (give === undefined) return;
    this.#remove(user, give);
    give(value);
  }

  #remove(user: string, give: Give<T>): void {
    const others = this.#waiters.get(user)?.filter((other) => other !== give) ?? [];
    if (others.length === 0) this.#waiters.delete(user);
    else this.#waiters.set(user, others);
    this.#size -= 1;
  }

  #lastTurn(user: string, now: number): number {
    const at = this.#lastTurns.get(user);
    return at === undefined || now - at > REMEMBERED.ms ? Number.NEGATIVE_INFINITY : at;
  }

  #markTurn(user: string, now: number): void {
    this.#lastTurns.delete(user);
    this.#lastTurns.set(user, now);
    for (const [oldest, at] of this.#lastTurns) {
      if (now - at <= REMEMBERED.ms && this.#lastTurns.size <= REMEMBERED.users) break;
      this.#lastTurns.delete(oldest);
    }
  }
}
