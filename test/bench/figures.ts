/** A made-up benchmark run for the tests of tables, plot and bounds: figures that are easy to check by hand. */
import type { Call, Figures } from "../../bench/figures.ts";

const call = (program: string, asked: string, wall: number[], processor = wall, memory = 50): Call => ({
  ...{ program, asked, wall, processor, memory },
  ...(program === "relay + service" && { ofService: processor.map((value) => value / 2) }),
});

/** A run in which every bound is kept. */
export const KEPT: Figures = {
  about: ["two cores"],
  calls: [
    call("empty script", "nothing", [20, 22, 24]),
    call("relay + service", "no key", [1, 2, 3], [1, 2, 3], 0.7),
    call("executable", "no key", [30, 33, 36]),
    call("bundle", "no key", [38, 41.8, 45.6]),
    call("curl", "no key", [6, 6, 6]),
    call("relay + service", "one key", [2, 3, 4], [2, 3, 4], 0.7),
    call("executable", "one key", [38, 40, 42]),
    call("bundle", "one key", [48, 54, 58]),
    call("curl", "one key", [6, 6, 6]),
    call("relay + service", "one key again", [1, 2, 3], [1, 2, 3], 0.7),
    call("relay + service", "one of forty keys", [2.2, 3.3, 4.4], [2, 3, 4], 0.7),
    call("executable", "one of forty keys", [40, 42, 44], [40, 42, 44], 59.5),
    call("bundle", "one of forty keys", [50, 56, 60]),
    call("relay + service", "all of forty keys", [2.2, 3.3, 4.4], [2, 3, 4], 0.7),
    call("executable", "all of forty keys", [40, 42, 44]),
    call("bundle", "all of forty keys", [50, 56, 60]),
  ],
  crowds: [
    {
      ...{ program: "relay + service", size: 50, all: [40, 50, 60], each: [10, 20, 30], right: 150, oneShots: 0 },
      ...{ processor: [80, 90, 100], memory: { pss: 75, rss: 110 } },
    },
    {
      ...{ program: "executable", size: 50, all: [900, 1000, 1100], each: [400, 500, 600], right: 140 },
      ...{ processor: [1800, 1900, 2000] },
    },
  ],
  floods: [
    {
      ...{ accounts: 200, rate: 1990, answered: 25, busy: 74, unanswered: 1 },
      ...{ first: [20, 40, 60], second: [2, 4, 6], right: 6, oneShots: 1 },
    },
  ],
  hanging: { well: [12, 13, 14], hung: [450, 470, 480], first: [1010, 1020, 1030], isBackAtOnce: true },
  beside: { alone: [2, 3, 4], besideNone: [4, 6, 8], besideForty: [5, 7.5, 10] },
  service: 61.4,
  ready: [30, 40, 90],
};

/** Returns the same run with one of its calls changed. */
export const withCall = (program: string, asked: string, told: Partial<Call>): Figures => ({
  ...KEPT,
  calls: KEPT.calls.map((one) => (one.program === program && one.asked === asked ? { ...one, ...told } : one)),
});
