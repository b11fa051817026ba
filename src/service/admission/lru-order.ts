/** When each user was last served: whoever waited longest is next, and who was never served is before all others. */

export class LastServed {
  /** Oldest first. */
  readonly #last = new Map<string, number>();
  readonly #ms: number;
  readonly #most: number;

  /**
   * @param ms longer ago is never
   * @param most users that are remembered: the newest
   */
  constructor({ ms, most }: { readonly ms: number; readonly most: number }) {
    this.#ms = ms;
    this.#most = most;
  }

  /** By the clock of `mark`; minus infinity for never. */
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
