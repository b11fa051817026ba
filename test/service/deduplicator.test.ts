/** A repeated record is logged at once, then once a minute with a count. */
import { expect, test } from "vitest";
import { Deduplicator } from "../../src/service/telemetry/deduplicator.ts";
import { fakeClock } from "../support/fake-clock.ts";

function bench() {
  const clock = fakeClock();
  const said: [string, number][] = [];
  const repeats = new Deduplicator<string>(clock, (item, count) => said.push([item, count]));
  return { clock, said, repeats };
}

test("the first is written at once; the others of a minute once, with the newest and their count", () => {
  const { clock, said, repeats } = bench();
  expect(repeats.isNew("fault", "alice's")).toBe(true);
  for (let i = 0; i < 999; i += 1) expect(repeats.isNew("fault", `${i}`)).toBe(false);
  clock.advance(59_999);
  expect(said).toEqual([]);
  clock.advance(1);
  expect(said).toEqual([["998", 999]]);
  expect(repeats.isNew("fault", "again")).toBe(false);
  clock.advance(60_000);
  expect(said).toEqual([
    ["998", 999],
    ["again", 1],
  ]);
});

test("after a minute without it, it is new again", () => {
  const { clock, said, repeats } = bench();
  repeats.isNew("fault", "one");
  clock.advance(60_000);
  expect(said).toEqual([]);
  expect(repeats.isNew("fault", "two")).toBe(true);
});

test("different events do not hide one another, and at most 256 are kept", () => {
  const { clock, said, repeats } = bench();
  expect(repeats.isNew("a", "a")).toBe(true);
  expect(repeats.isNew("a", "a2")).toBe(false);
  for (let i = 0; i < 10_000; i += 1) expect(repeats.isNew(`user-${i}`, `${i}`)).toBe(true);
  expect(said).toEqual([["a2", 1]]);
  clock.advance(60_000);
  expect(clock.next).toBeUndefined();
});

test("events that were only counted are written at the end", () => {
  const { clock, said, repeats } = bench();
  repeats.isNew("a", "first");
  repeats.isNew("a", "second");
  repeats.flush();
  expect(said).toEqual([["second", 1]]);
  expect(clock.next).toBeUndefined();
});
