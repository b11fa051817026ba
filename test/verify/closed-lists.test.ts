/** The closed lists are complete: each reason and code has a vector, a case through the bundle, and a line in the docs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FAULTS, type FaultCode } from "../../src/verify/errors.ts";
import type { RefusalReason } from "../../src/verify/verdict.ts";
import type { Expected } from "../support/cases/case.ts";
import { CASES } from "../support/cases/cases.ts";
import { OUTSIDE } from "../support/cases/io-cases.ts";
import { readVector, vectorNames } from "../support/cases/vector.ts";

/** Every reason, and nothing else: an additional or missing reason in the union does not compile here. */
const REASONS = Object.keys({
  "broken-block": true,
  "another-key": true,
  "signature-length": true,
  "bad-signature": true,
  "no-timestamp": true,
  "bad-timestamp": true,
  "no-instance": true,
  "wrong-instance": true,
  expired: true,
  "too-far-ahead": true,
  "key-control-character": true,
  "key-options": true,
  "key-type": true,
  "key-type-mismatch": true,
  "key-malformed": true,
  "policy-user-denied": true,
  "policy-user-not-allowed": true,
  "policy-caller": true,
  "policy-default": true,
} satisfies Record<RefusalReason, true>);

/** Codes of failures outside the verifier. Every other code is the verifier's, and needs a vector. */
const OUTSIDE_ONLY: readonly string[] = [
  "FILE_UNREADABLE",
  "FILE_UNTRUSTED",
  "SETTINGS_INVALID",
  "ANCHORS_INVALID",
  "METADATA_UNREACHABLE",
  "METADATA_TIMEOUT",
  "METADATA_BROKEN",
  "METADATA_STATUS",
  "OUTPUT_FAILED",
  "AUDIT_FAILED",
] satisfies FaultCode[];

const CODES = Object.keys(FAULTS);
const ALL = [...REASONS, ...CODES];

/** Returns the words that occur in a list of expectations. */
const spoken = (list: readonly Expected[]): Set<string> =>
  new Set(list.flatMap((expected): string[] => ("fault" in expected ? [expected.fault] : [...expected.verdicts])));

const inVectors = spoken(vectorNames().map((name) => readVector(name).expects));
const inBundle = new Set([...spoken(CASES.map(({ expects }) => expects)), ...OUTSIDE.map(({ fault }) => fault)]);

describe("a vector exists", () => {
  test.each(ALL.filter((word) => !OUTSIDE_ONLY.includes(word)))("for %s", (word) => {
    expect([...inVectors]).toContain(word);
  });
});

/** Needs a private root, so that nothing reaches the host's log: also tested through the bundle, but in a separate file. */
const ELSEWHERE: Partial<Record<string, string>> = { AUDIT_FAILED: "../bundle/audit.failures.test.ts" };

describe("a case through the built bundle exists", () => {
  test.each(ALL)("for %s", (word) => {
    const elsewhere = ELSEWHERE[word];
    if (elsewhere === undefined) expect([...inBundle]).toContain(word);
    else expect(readFileSync(join(import.meta.dirname, elsewhere), "utf8")).toContain(word);
  });
});

describe("docs/troubleshooting.md has a line", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/troubleshooting.md"), "utf8");
  const section = page
    .split(/^## (?=Faults$|Refused keys$)/m)
    .slice(1)
    .join("");

  test.each(ALL)("for `%s`", (word) => {
    const lines = section.split("\n").filter((line) => line.includes(`\`${word}\``));
    expect(lines).not.toEqual([]);
    // A line that contains only the word explains nothing.
    expect(lines.join(" ").replaceAll(`\`${word}\``, "").length).toBeGreaterThan(20);
  });
});

test("no code that the verifier throws is exempt from having a vector", () => {
  expect(OUTSIDE_ONLY.filter((code) => inVectors.has(code))).toEqual([]);
});
