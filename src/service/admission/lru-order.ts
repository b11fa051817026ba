/** Times at which users were last served. The user served longest ago is next; users never served come before all others. */

export class LastServed {
  /** Oldest first. */
  readonly #last = new Map<string, number>();
  readonly #ms: number;
  readonly #most: number;

  /**
   * @param ms a user served longer ago than this counts as never served
   * @param most maximum number of users that are remembered: the newest
   */
  constructor({ ms, most }: { readonly ms: number; readonly most: number }) {
    this.#ms = ms;
    this.#most = most;
  }

  /** Returns the time of the user's last `mark`, by the same clock; minus infinity for never. */
  last(user: string, now: number): number {
    const at = this.#last.get(user);
    return at === undefined || now - at > this.#ms ? Number.NEGATIVE_INFINITY : at;
  }

  mark(user: string, now: number): void {
    this.#last.delete(user);
    this.#last.set(user, now);
    for (const [oldest, at] of this.#last) {
      if (now - at <= this.#ms && this.#last.size <= this.#most) break;
      this.#last.delete(oldest);
    }
  }

  get size(): number {
    return this.#last.size;
  }
}
