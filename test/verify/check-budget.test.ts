/** The budget of one verification for proving which responder signed its staples. */
import { expect, test } from "vitest";
import { STAPLE } from "../../src/verify/bounds.ts";
import { Checks } from "../../src/verify/ocsp/check-budget.ts";

/** Takes single steps until none is left. @returns how many there were */
function stepsLeft(checks: Checks): number {
  for (let steps = 0; ; steps += 1) {
    try {
      checks.take();
    } catch (error) {
      expect(error).toMatchObject({ code: "STAPLE_RESPONDER" });
      return steps;
    }
  }
}

test("has as many steps as docs/protocol.md says", () => {
  expect(stepsLeft(new Checks())).toBe(24);
});

test("counts a proof from an earlier verification with its steps", () => {
  const checks = new Checks();
  checks.again({ steps: 3 });
  expect(stepsLeft(checks)).toBe(STAPLE.checks - 3);
});

test("counts a proof once, however often it is used", () => {
  const checks = new Checks();
  const earlier = { steps: 3 };
  const now = { steps: 2 };
  checks.take(now.steps);
  checks.made(now);
  for (const proof of [earlier, now, earlier, now]) checks.again(proof);
  expect(stepsLeft(checks)).toBe(STAPLE.checks - 5);
});

test("counts two proofs with as many steps as two", () => {
  const checks = new Checks();
  checks.again({ steps: 3 });
  checks.again({ steps: 3 });
  expect(stepsLeft(checks)).toBe(STAPLE.checks - 6);
});

test("is exceeded by a proof with more steps than are left", () => {
  expect(() => new Checks().again({ steps: STAPLE.checks + 1 })).toThrow(/checks of staples/);
});
