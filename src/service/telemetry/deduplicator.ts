/** Reports an event at once, and repetitions once a minute with their count: a flood of calls does not flood the records. */
import type { Clock } from "../clock.ts";

/** Milliseconds. */
const EVERY = 60_000;
/** Maximum number of different events at one time. A further one causes all pending counts to be reported first. */
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

  /** @param say reports events that were only counted: the newest of them, and their number */
  constructor(clock: Clock, say: (item: T, count: number) => void) {
    this.#clock = clock;
    this.#say = say;
  }

  /** @returns true if the caller must report the event; otherwise it is counted */
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

  /** Reports the events that were counted, and forgets them. */
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
