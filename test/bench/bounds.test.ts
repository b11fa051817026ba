/** Every bound that is not kept is reported, and no bound is forgotten. */
import { describe, expect, test } from "vitest";
import { isHeld, judged, sentence } from "../../bench/bounds.ts";
import type { Figures } from "../../bench/figures.ts";
import { KEPT, withCall } from "./figures.ts";

const ALL = ["empty script", "relay + service", "executable", "bundle", "curl"];
const brokenIn = (figures: Figures) =>
  judged(figures, ALL)
    .filter((one) => !isHeld(one))
    .map(sentence);
const crowd = (told: Partial<Figures["crowds"][number]>): Figures => ({
  ...KEPT,
  crowds: KEPT.crowds.map((one) => (one.program === "relay + service" ? { ...one, ...told } : one)),
});

describe("the bounds", () => {
  test("are all held if every figure is within them", () => {
    expect(brokenIn(KEPT)).toEqual([]);
    expect(judged(KEPT, ALL)).toHaveLength(22);
  });

  test.each<{ title: string; figures: Figures; message: string[] }>([
    {
      title: "the relay's median, not its mean",
      figures: withCall("relay + service", "no key", { wall: [1, 5.1, 5.2] }),
      message: ["NOT HELD: relay + service, no key: wall ms = 5.10, at most 5.00"],
    },
    {
      title: "the second call of a login",
      figures: withCall("relay + service", "one key again", { wall: [6, 6, 6] }),
      message: ["NOT HELD: relay + service, one key again: wall ms = 6.00, at most 5.00"],
    },
    {
      title: "how long the service takes to be ready",
      figures: { ...KEPT, ready: [30, 101, 180] },
      message: ["NOT HELD: service: ready after ms = 101.0, at most 100.0"],
    },
    {
      title: "processor time, relay and service together",
      figures: withCall("relay + service", "one key", { processor: [5, 7, 9] }),
      message: ["NOT HELD: relay + service, one key: processor time / curl's = 1.17, at most 1.00"],
    },
    {
      title: "the executable against an empty script, round by round",
      figures: withCall("executable", "no key", { wall: [32, 37.4, 60] }),
      message: ["NOT HELD: executable, no key / empty script = 1.70, at most 1.60"],
    },
    {
      title: "a login while the metadata service hangs, beyond what it takes otherwise",
      figures: { ...KEPT, hanging: { well: [10, 10, 10], hung: [511, 511, 511], first: [1000], isBackAtOnce: true } },
      message: ["NOT HELD: five offered keys while metadata hangs: ms more = 501, at most 500"],
    },
    {
      title: "a pushed key that is lost after the metadata service works again",
      figures: { ...KEPT, hanging: { well: [10], hung: [400], first: [1000], isBackAtOnce: false } },
      message: ["NOT HELD: the first pushed key after that: lost = 1, at most 0"],
    },
    {
      title: "a login next to another user's forty keys, round by round",
      figures: { ...KEPT, beside: { alone: [1, 1, 1], besideNone: [4, 6, 8], besideForty: [4, 9.6, 40] } },
      message: ["NOT HELD: one key beside forty keys of 800 words / beside none = 1.60, at most 1.50"],
    },
    {
      title: "one of forty keys against one",
      figures: withCall("relay + service", "one of forty keys", { wall: [2, 3.9, 5.2] }),
      message: ["NOT HELD: relay + service, one of forty keys / one key = 1.30, at most 1.20"],
    },
    {
      title: "all of forty keys against one",
      figures: withCall("relay + service", "all of forty keys", { wall: [5.2, 7.8, 10.4] }),
      message: ["NOT HELD: relay + service, all of forty keys / one key = 2.60, at most 2.50"],
    },
    {
      title: "the executable's memory, in any call",
      figures: withCall("executable", "all of forty keys", { memory: 60.4 }),
      message: ["NOT HELD: executable: peak MiB of a call = 60.4, at most 60.0"],
    },
    {
      title: "the memory of fifty at once",
      figures: crowd({ memory: { pss: 100.1, rss: 101 } }),
      message: ["NOT HELD: relay + service, 50 at once: peak MiB = 100.1, at most 100.0"],
    },
    {
      title: "one of fifty without an answer",
      figures: crowd({ right: 149 }),
      message: ["NOT HELD: relay + service, 50 at once: not answered = 1, at most 0"],
    },
    {
      title: "a bound without a figure",
      figures: { ...KEPT, calls: KEPT.calls.filter(({ program }) => program !== "curl") },
      message: [
        "NOT JUDGED: relay + service, no key: processor time / curl's, at most 1.00",
        "NOT JUDGED: relay + service, one key: processor time / curl's, at most 1.00",
      ],
    },
  ])("report $title", ({ figures, message }) => {
    expect(brokenIn(figures)).toEqual(message);
  });

  test("of programs that did not run are not judged", () => {
    expect(judged(KEPT, ["empty script", "bundle"]).map(({ what }) => what)).toEqual([
      "bundle, no key / empty script",
      "bundle, one key / empty script",
      "bundle, one of forty keys / one key",
      "bundle, all of forty keys / one key",
    ]);
  });
});
