/** The token bucket, at times that a test sets. */
import { expect, test } from "vitest";
import { rateOf, throttle } from "../../../src/simulator/api/throttle.ts";

const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1000);

test.each([
  { title: "gives a burst at once and then nothing", times: [0, 0, 0, 0], taken: [true, true, true, false] },
  { title: "fills by the second", times: [0, 0, 0, 0.4, 0.5, 0.5], taken: [true, true, true, false, true, false] },
  {
    title: "holds a burst and never more",
    times: [0, 0, 0, 99, 99, 99, 99],
    taken: [true, true, true, true, true, true, false],
  },
  { title: "loses nothing when the clock goes back", times: [0, 0, -50, -50], taken: [true, true, true, false] },
  {
    title: "fills from where the clock went back to",
    times: [0, 0, 0, -50, -49.5],
    taken: [true, true, true, false, true],
  },
])("$title", ({ times, taken }) => {
  const buckets = throttle({ burst: 3, perSecond: 2 });
  expect(times.map((seconds) => buckets.take("one", at(seconds)))).toEqual(taken);
});

test("each caller has a separate bucket", () => {
  const buckets = throttle({ burst: 1, perSecond: 1 });
  expect(["one", "two", "one", "two"].map((name) => buckets.take(name, at(0)))).toEqual([true, true, false, false]);
});

test.each([
  { title: "by default", options: undefined, rate: { burst: 100, perSecond: 20 } },
  { title: "of a preset", options: { preset: "reported" }, rate: { burst: 20, perSecond: 5 } },
  { title: "of a preset and a value", options: { preset: "reported", burst: 3 }, rate: { burst: 3, perSecond: 5 } },
  { title: "of one value", options: { perSecond: 1 }, rate: { burst: 100, perSecond: 1 } },
] as const)("the rate $title", ({ options, rate }) => {
  expect(rateOf(options)).toEqual(rate);
});
