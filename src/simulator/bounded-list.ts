/** Lists of past events with a bounded length, so that a simulator that runs for weeks does not grow without limit. */

export interface Memory<T> {
  /** The newest items, oldest first. A plain array: the reader may empty it. */
  readonly kept: T[];
  /** Number of items ever added. */
  readonly count: number;
  add(item: T): void;
  /** Forgets all items, and counts from 0 again. The array stays the same. */
  clear(): void;
}

/** @param most maximum number of items kept; no limit by default */
export function memory<T>(most = Number.POSITIVE_INFINITY): Memory<T> {
  const kept: T[] = [];
  let count = 0;
  return {
    kept,
    get count() {
      return count;
    },
    add(item) {
      count += 1;
      kept.push(item);
      if (kept.length > most) kept.splice(0, kept.length - most);
    },
    clear() {
      count = 0;
      kept.length = 0;
    },
  };
}
