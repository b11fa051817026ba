/** Quantiles computed from a few buckets, compared with those of the whole list. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { EXPORT_BOUNDS, Histogram } from "../../src/service/telemetry/histogram.ts";

test("a quantile is at least the true one, and at most a tenth higher", () => {
  const times = fc.array(fc.double({ min: 0.05, max: 6000, noNaN: true }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(times, fc.constantFrom(0.5, 0.9, 0.99, 1), (list, share) => {
      const histogram = new Histogram();
      for (const ms of list) histogram.add(ms);
      const exact = list.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(share * list.length)) - 1] ?? 0;
      expect(histogram.quantile(share)).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
      expect(histogram.quantile(share)).toBeLessThanOrEqual(exact * 1.1);
    }),
  );
});

test("the few buckets count exactly the calls up to their bounds", () => {
  const times = fc.array(fc.oneof(fc.constantFrom(...EXPORT_BOUNDS), fc.double({ min: 0, max: 9000, noNaN: true })), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(times, (list) => {
      const histogram = new Histogram();
      for (const ms of list) histogram.add(ms);
      for (const { ms, count } of histogram.cumulative()) expect(count).toBe(list.filter((one) => one <= ms).length);
      expect(histogram.count).toBe(list.length);
    }),
  );
});

test("without calls there is no time", () => {
  const histogram = new Histogram();
  expect([histogram.count, histogram.sum, histogram.quantile(0.5), histogram.quantile(0.99)]).toEqual([0, 0, 0, 0]);
});

test("the bounds are milliseconds that double", () => {
  expect(EXPORT_BOUNDS.slice(0, 4)).toEqual([0.4, 0.8, 1.6, 3.2]);
  expect(EXPORT_BOUNDS.at(-1)).toBeCloseTo(3276.8);
});
