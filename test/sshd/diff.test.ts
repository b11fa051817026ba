/** Our unified diff, applied as patch(1) would apply it: the result is the changed text. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unifiedDiff } from "../../src/sshd/wiring/diff.ts";

const texts = fc
  .tuple(fc.array(fc.constantFrom("a", "b", "c", "", "d"), { maxLength: 30 }), fc.constantFrom("", "\n"))
  .map(([lines, end]) => lines.join("\n") + (lines.length === 0 ? "" : end));

/** Applies hunks as a reader of unified diffs does. Checks their counts and positions against the rows that follow. */
function patched(before: string, hunks: readonly string[]): string {
  const old = before.split(/(?<=\n)/).filter((line) => line !== "");
  const out: string[] = [];
  let at = 0;
  const rows = hunks.flatMap((row) => row.split(/\n(?=\\)/));
  for (let i = 0; i < rows.length; ) {
    const [, from, count, to, made] = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$/.exec(rows[i] ?? "") ?? [];
    const start = Number(count) === 0 ? Number(from) : Number(from) - 1;
    out.push(...old.slice(at, start));
    expect(out.length).toBe(Number(made) === 0 ? Number(to) : Number(to) - 1);
    at = start;
    const [was, is] = [at + Number(count), out.length + Number(made)];
    i += 1;
    while (i < rows.length && !rows[i]?.startsWith("@@")) {
      const row = rows[i] ?? "";
      const open = rows[i + 1]?.startsWith("\\") ?? false;
      const line = row.slice(1) + (open ? "" : "\n");
      if (!row.startsWith("+")) {
        expect(old[at]).toBe(line);
        at += 1;
      }
      if (!row.startsWith("-")) out.push(line);
      i += open ? 2 : 1;
    }
    expect([at, out.length]).toEqual([was, is]);
  }
  return [...out, ...old.slice(at)].join("");
}

describe("a unified diff", () => {
  test("reproduces the changed text", () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        expect(patched(a, unifiedDiff(a, b))).toBe(b);
      }),
    );
  });

  test("is like that of diff -u", () => {
    expect(unifiedDiff("1\n2\n3\n4\n5\n", "1\n2\n3\n4\nx\n5\n")).toEqual([
      "@@ -2,4 +2,5 @@",
      " 2",
      " 3",
      " 4",
      "+x",
      " 5",
    ]);
    expect(unifiedDiff("", "x\n")).toEqual(["@@ -0,0 +1,1 @@", "+x"]);
    expect(unifiedDiff("same\n", "same\n")).toEqual([]);
    expect(unifiedDiff("x", "x\n")).toEqual(["@@ -1,1 +1,1 @@", "-x\n\\ No newline at end of file", "+x"]);
  });
});
