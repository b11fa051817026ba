/** The plot: its scale is in powers of ten, its texts are complete, and nothing is outside of it. */
import { expect, test } from "vitest";
import { placeOf, plot, scaleFor } from "../../bench/plot.ts";
import { KEPT, withCall } from "./figures.ts";

const drawing = plot(KEPT);

test("a scale goes from a power of ten to another, around all values", () => {
  expect(scaleFor([0.9, 5, 512])).toEqual({ from: -1, to: 3 });
  expect(scaleFor([1, 10])).toEqual({ from: 0, to: 1 });
  expect(scaleFor([7, 7])).toEqual({ from: 0, to: 1 });
});

test("every factor of ten has the same length", () => {
  const scale = { from: -1, to: 3 };
  const [a = 0, b = 0, c = 0] = [0.5, 5, 50].map((value) => placeOf(value, scale));
  expect(b - a).toBeGreaterThan(0);
  expect(c - b).toBeCloseTo(b - a);
});

test("every program and every question has its words in it, and each figure", () => {
  const words = [...drawing.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
  for (const { program } of [...KEPT.calls, ...KEPT.crowds]) expect(words).toContain(program);
  for (const title of ["Node itself", "no key", "one key again", "all of forty keys", "50 at once, all of them"])
    expect(words).toContain(title);
  expect(words).toContain("50");
  expect(words).toContain("1000, 140 of 150 right");
  expect(words).toContain("75");
});

test("nothing is outside of it", () => {
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(drawing)?.map(Number) ?? [];
  const numbers = (name: string) =>
    [...drawing.matchAll(new RegExp(` ${name}\\d?="([\\d.]+)"`, "g"))].map(([, value]) => Number(value));
  expect(numbers("x").length).toBeGreaterThan(50);
  expect(Math.max(...numbers("x"))).toBeLessThan(width ?? 0);
  expect(Math.max(...numbers("y"))).toBeLessThan(height ?? 0);
});

test("the name of another command is escaped text", () => {
  expect(plot(withCall("curl", "no key", { program: 'a<b>&"c' }))).toContain(">a&lt;b&gt;&amp;&quot;c</text>");
});
