/**
 * Maximum cost of an input that is as large as the size limits allow: counted in steps and in signatures, not in
 * milliseconds (bench/ has those). Each row took 50 ms to ten seconds of the executable's time before there were limits.
 */
import { describe, expect, test } from "vitest";
import { COSTLY } from "../support/costly/inputs.ts";
import { judging } from "../support/costly/judging.ts";
import { evidence, REQUEST } from "../support/costly/world.ts";
import { counted } from "../support/steps.ts";

/** A step takes about 0.2 µs in the executable on a current machine, so this is 30 ms. */
const MAX_STEPS = 150_000;
/** For blocks, under RSA-2048; and for certificates and OCSP responses. Twenty milliseconds each. */
const MAX_SIGNATURES = { verifyBlockSignature: 256, verifySignature: 16 + 24 };

test("if everything is valid, one key is found with five signatures", () => {
  const { value, calls } = counted("/src/verify/", () => judging(REQUEST, evidence()));
  expect(value).toEqual({ accepted: 1 });
  expect(calls("verifyBlockSignature") + calls("verifySignature")).toBe(5);
});

describe("no input needs more than its bounds", () => {
  test.each(COSTLY)("$name", ({ request, evidence: make }) => {
    const given = make();
    const { steps, calls } = counted("/src/verify/", () => judging(request, given));
    expect(steps).toBeLessThanOrEqual(MAX_STEPS);
    expect(calls("verifyBlockSignature")).toBeLessThanOrEqual(MAX_SIGNATURES.verifyBlockSignature);
    expect(calls("verifySignature")).toBeLessThanOrEqual(MAX_SIGNATURES.verifySignature);
  });
});
