/** Text on a terminal: foreign text is made safe, lines are folded, durations are never rounded up. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { duration, fold, plural, safe } from "../../src/cli/text.ts";

test("only printable ASCII of foreign text reaches a terminal", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => /^[\x20-\x7e]*$/.test(safe(text))));
  expect(safe("a\u001b[2Jb\u202ec\u00fcd\u009b")).toBe("a\\u001b[2Jb\\u202ec\\u00fcd\\u009b");
});

describe("fold", () => {
  test("loses and breaks no word, and keeps to the width if possible", () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,30}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 10, max: 60 }), fc.nat(8), (list, width, indent) => {
        const lines = fold(list.join(" "), width, indent);
        expect(lines.flatMap((line) => line.trim().split(" "))).toEqual(list);
        for (const line of lines) expect(line.length <= width || !line.trim().includes(" ")).toBe(true);
        for (const line of lines) expect(line.startsWith(" ".repeat(indent))).toBe(true);
      }),
    );
  });
});

test.each([
  { seconds: 0, gives: "0 s" },
  { seconds: 59.9, gives: "59 s" },
  { seconds: 119, gives: "119 s" },
  { seconds: 120, gives: "2 min" },
  { seconds: 7199, gives: "119 min" },
  { seconds: 7200, gives: "2 h" },
  { seconds: 172_799, gives: "47 h" },
  { seconds: 172_800, gives: "2 days" },
  { seconds: -61, gives: "61 s" },
])("$seconds seconds are $gives", ({ seconds, gives }) => {
  expect(duration(seconds)).toBe(gives);
});

test("the singular is used for one only", () => {
  expect([plural(0, "key"), plural(1, "key"), plural(2, "reply", "replies")]).toEqual(["0 keys", "1 key", "2 replies"]);
});
