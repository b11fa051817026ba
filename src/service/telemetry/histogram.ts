/** Durations of calls, in a few buckets: bounded memory, quantiles to within a tenth. Pure. */

/** Milliseconds: the upper bound of the first bucket. The bounds double every eight buckets. */
const FIRST = 0.05;
const PER_DOUBLING = 8;
/** Up to 6.5 seconds, longer than a call may take. */
const DOUBLINGS = 17;
const BUCKETS = PER_DOUBLING * DOUBLINGS + 1;

/** Returns the upper bound of a bucket in milliseconds. */
const boundOf = (bucket: number): number => FIRST * 2 ** (bucket / PER_DOUBLING);

/** Milliseconds: a subset of the buckets' bounds, for readers that need only a few. */
export const EXPORT_BOUNDS: readonly number[] = Array.from({ length: 14 }, (_, i) => boundOf(PER_DOUBLING * (i + 3)));

export class Histogram {
  readonly #counts = new Array<number>(BUCKETS).fill(0);
  #count = 0;
  #sum = 0;

  add(ms: number): void {
    const bucket = ms <= FIRST ? 0 : Math.ceil(PER_DOUBLING * Math.log2(ms / FIRST) - 1e-9);
    const place = Math.min(bucket, BUCKETS - 1);
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#count += 1;
    this.#sum += ms;
  }

  get count(): number {
    return this.#count;
  }

  /** Milliseconds. */
  get sum(): number {
    return this.#sum;
  }

  /**
   * Returns the milliseconds that a share of the calls did not exceed, rounded up to the next bound; 0 without calls.
   * @param share 0 to 1
   */
  quantile(share: number): number {
    const wanted = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= wanted) return boundOf(bucket);
    }
    return 0;
  }

  /** Counts the calls that took at most so long, for each of EXPORT_BOUNDS. */
  cumulative(): { readonly ms: number; readonly count: number }[] {
    return EXPORT_BOUNDS.map((ms, i) => {
      const last = PER_DOUBLING * (i + 3);
      return { ms, count: this.#counts.slice(0, last + 1).reduce((sum, count) => sum + count, 0) };
    });
  }
}
