/** A clock for the warm service that moves only on request: monotonic time, time of day, and timers. */
import type { Clock } from "../../src/service/clock.ts";

export interface FakeClock extends Clock {
  /** Advances both clocks; runs the timers that become due, in order. */
  advance(ms: number): void;
  /** Sets the time of day forward by this many milliseconds. */
  set(ms: number): void;
  /** Milliseconds until the next timer is due; undefined if there is no timer. */
  readonly next: number | undefined;
}

export function fakeClock(): FakeClock {
  let at = 1000;
  let offset = Date.UTC(2026, 10, 22) - at;
  let due: { when: number; work: () => void }[] = [];
  const soonest = () => due.toSorted((a, b) => a.when - b.when)[0];
  return {
    monotonic: () => at,
    now: () => new Date(at + offset),
    after(ms, work) {
      const one = { when: at + Math.max(0, ms), work };
      due.push(one);
      return () => {
        due = due.filter((other) => other !== one);
      };
    },
    advance(ms) {
      const until = at + ms;
      for (let one = soonest(); one !== undefined && one.when <= until; one = soonest()) {
        const { when, work } = one;
        due = due.filter((other) => other !== one);
        at = Math.max(at, when);
        work();
      }
      at = until;
    },
    set(ms) {
      offset += ms;
    },
    get next() {
      const one = soonest();
      return one === undefined ? undefined : one.when - at;
    },
  };
}
