/** Lists of what happened, that do not grow without limit where somebody runs the simulator for weeks. */

export interface Memory<T> {
  /** The newest, oldest first. A plain array: who reads it may empty it. */
  readonly kept: T[];
  /** How many there have been. */
  readonly count: number;
  add(item: T): void;
}

/** @param most how many are kept; all of them where not said */
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
  };
}
