/** The same thing, said at once and then once a minute with how often it was: a flood of calls is none of records. */
import type { Clock } from "../clock.ts";

/** Milliseconds. */
const EVERY = 60_000;
/** Different things at one time; what comes then has everything said that is still to be said. */
const MOST = 256;

interface Counted<T> {
  item: T;
  count: number;
}

export class Deduplicator<T> {
  readonly #clock: Clock;
  readonly #say: (item: T, count: number) => void;
  readonly #seen = new Map<string, Counted<T>>();
  readonly #timers = new Map<string, () => void>();

  /** @param say what was only counted: the newest of them, and how many there were */
  constructor(clock: Clock, say: (item: T, count: number) => void) {
    this.#clock = clock;
    this.#say = say;
  }

  /** @returns whether it is to be said by whoever asks; else it is counted */
  isNew(name: string, item: T): boolean {
    const seen = this.#seen.get(name);
    if (seen !== undefined) {
      seen.item = item;
      seen.count += 1;
      return false;
    }
    if (this.#seen.size >= MOST) this.flush();
    this.#begin(name, item);
    return true;
  }

  /** Says what was counted, and forgets it. */
  flush(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    const all = [...this.#seen.values()];
    this.#seen.clear();
    for (const { item, count } of all) if (count > 0) this.#say(item, count);
  }

  #begin(name: string, item: T): void {
    this.#seen.set(name, { item, count: 0 });
    this.#timers.set(
      name,
      this.#clock.after(EVERY, () => this.#minuteOver(name)),
    );
  }

  #minuteOver(name: string): void {
    const seen = this.#seen.get(name);
    this.#seen.delete(name);
    this.#timers.delete(name);
    if (seen === undefined || seen.count === 0) return;
    this.#begin(name, seen.item);
    this.#say(seen.item, seen.count);
  }
}
