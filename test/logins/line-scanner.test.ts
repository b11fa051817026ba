/** The search for lines in bytes: the same lines for all divisions of the input, and bounded. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { LineScanner } from "../../src/logins/read/line-scanner.ts";

function scanned(chunks: readonly Buffer[], needles: string[]): string[] {
  const lines: string[] = [];
  const scanner = new LineScanner((line) => lines.push(line), needles);
  // One buffer for all, as the reader of files has it.
  const shared = Buffer.alloc(Math.max(1, ...chunks.map(({ length }) => length)));
  for (const chunk of chunks) {
    chunk.copy(shared);
    scanner.push(shared.subarray(0, chunk.length));
  }
  scanner.end();
  return lines;
}

test("finds each line with one of the texts once, in order, wherever the input is divided", () => {
  const line = fc.stringMatching(/^[abx ]{0,12}$/);
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(200)), fc.boolean(), (lines, cuts, ends) => {
      const bytes = Buffer.from(lines.join("\n") + (ends ? "\n" : ""));
      const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
      expect(scanned(chunks, ["ab", "bx"])).toEqual(lines.filter((text) => /ab|bx/.test(text)));
    }),
  );
});

test("skips a line that is too long, and reads on after it", () => {
  const long = `ab${"x".repeat(70_000)}`;
  const text = `ab 1\n${long}\nab 2\n${long}ab\n${long}`;
  const whole = Buffer.from(text);
  for (const size of [1000, 30_000, 65_537, whole.length]) {
    const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
      whole.subarray(i * size, (i + 1) * size),
    );
    expect(scanned(chunks, ["ab"])).toEqual(["ab 1", "ab 2"]);
  }
});
