/** Changed captures: for any change, the result is an explanation or one clear error, never a crash. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { render } from "../../src/cli/explain/render.ts";
import { painter } from "../../src/cli/text.ts";
import { InvalidCapture, parseCapture, printCapture } from "../../src/explain/capture.ts";
import { explainCapture } from "../../src/explain/explain.ts";
import { redacted } from "../../src/explain/redact.ts";
import { IncompleteCapture } from "../../src/explain/replay.ts";
import { Fault } from "../../src/verify/errors.ts";
import { captureOf, PROGRAM } from "../support/captures.ts";
import { readVector } from "../support/cases/vector.ts";

const numRuns = Number(process.env.FUZZ_RUNS ?? 300);
const texts = ["one-key", "several-keys", "bad-keys-among-good", "staple-delegated-by-name"].map((name) =>
  printCapture(captureOf(readVector(name))),
);

/** Reads, verifies and renders a capture. Any exception that is not a clear error is rethrown, and fails the test. */
async function outcome(text: string): Promise<string> {
  try {
    const capture = parseCapture(text);
    const told = await explainCapture({
      ...{ capture, file: "call.json", fingerprint: undefined, config: undefined, at: undefined, program: PROGRAM },
    });
    const shown = render(told, { width: 100, paint: painter(false) });
    expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    printCapture(redacted(capture));
    return "explained";
  } catch (error) {
    if (error instanceof InvalidCapture || error instanceof IncompleteCapture || error instanceof Fault)
      return "refused";
    throw error;
  }
}

const anyText = fc.constantFrom(...texts);

test("with bytes changed, left out or put in", async () => {
  const change = fc.tuple(
    fc.nat(),
    fc.constantFrom("", "x", '"', "0", "-", "{", "\\u0000", "\u00ff", "null"),
    fc.nat(6),
  );
  await fc.assert(
    fc.asyncProperty(anyText, fc.array(change, { minLength: 1, maxLength: 4 }), async (text, changes) => {
      const changed = changes.reduce((left, [at, put, gone]) => {
        const place = at % left.length;
        return left.slice(0, place) + put + left.slice(place + gone);
      }, text);
      await outcome(changed);
    }),
    { numRuns },
  );
});

/** Returns the path of every value inside a JSON value. */
function places(value: unknown, at: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([name, inner]) => places(inner, [...at, name]))];
}

function replaced(value: unknown, [step, ...rest]: readonly (string | number)[], put: unknown): unknown {
  if (step === undefined) return put;
  const copy: Record<string | number, unknown> = Array.isArray(value)
    ? ([...value] as unknown as Record<number, unknown>)
    : { ...(value as object) };
  copy[step] = replaced(copy[step], rest, put);
  return copy;
}

test("with any value replaced by any other", async () => {
  const put = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(
      "2026-02-30T00:00:00Z",
      "9999-12-31T23:59:59Z",
      "0000-01-01T00:00:00Z",
      "AAAA",
      "GET",
      "fault",
      "i-0",
    ),
    fc.constantFrom(999, 100, -1, 1e300, "x".repeat(3000), "\u001b[2J"),
    fc.base64String(),
  );
  let explained = 0;
  await fc.assert(
    fc.asyncProperty(anyText, fc.nat(), put, async (text, at, value) => {
      const file: unknown = JSON.parse(text);
      const all = places(file);
      const changed = replaced(file, all[at % all.length] ?? [], value);
      if ((await outcome(JSON.stringify(changed))) === "explained") explained += 1;
    }),
    { numRuns: numRuns * 3 },
  );
  expect(explained).toBeGreaterThan(0);
});

test("with the bytes of any reply replaced", async () => {
  await fc.assert(
    fc.asyncProperty(anyText, fc.nat(), fc.uint8Array({ maxLength: 200 }), fc.nat(), async (text, which, put, at) => {
      const file = JSON.parse(text) as { records: { body: unknown }[] };
      const record = file.records[which % file.records.length];
      if (record === undefined || typeof record.body !== "string") return;
      const bytes = Buffer.from(record.body, "base64");
      const place = at % (bytes.length + 1);
      record.body = Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + put.length)]).toString(
        "base64",
      );
      expect(await outcome(JSON.stringify(file))).toBe("explained");
    }),
    { numRuns },
  );
});

test.each([
  { title: "nothing", text: "" },
  { title: "not JSON", text: "{" },
  { title: "another format", text: '{"format":"x"}' },
  { title: "a list", text: "[]" },
  { title: "deep nesting", text: "[".repeat(100_000) },
  { title: "a later version", text: (texts[0] ?? "").replace('"version": 1', '"version": 2') },
  { title: "an unknown name", text: (texts[0] ?? "").replace('"redacted"', '"more": 1, "redacted"') },
])("$title is not a capture", ({ text }) => {
  expect(() => parseCapture(text)).toThrow(InvalidCapture);
});
