/** Messages before and during changes to a newcomer's machine: they fit a terminal, and no word is lost. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { folded, foldedCommand } from "../tools/folded.ts";

const WORDS = fc.array(fc.stringMatching(/^[a-z]{1,30}$/), { minLength: 1, maxLength: 40 });

describe("prose", () => {
  test("fits the width, with all its words in order and its indent", () => {
    fc.assert(
      fc.property(WORDS, fc.integer({ min: 40, max: 90 }), fc.nat(6), (words, width, spaces) => {
        const lines = folded(" ".repeat(spaces) + words.join(" "), width);
        expect(lines.every((line) => line.length <= width && line.startsWith(" ".repeat(spaces)))).toBe(true);
        expect(lines.map((line) => line.trim()).join(" ")).toBe(words.join(" "));
      }),
    );
  });

  test("keeps a word whole that is longer than a line", () => {
    const key = "A".repeat(100);
    expect(folded(`a ${key} b`, 20)).toEqual(["a", key, "b"]);
  });

  test("of nothing is an empty line", () => {
    expect(folded("", 80)).toEqual([""]);
  });
});

test("a folded command is one command with the same words", () => {
  fc.assert(
    fc.property(WORDS, (words) => {
      const lines = foldedCommand(words.join(" "), 40);
      expect(lines.every((line) => line.length <= 40)).toBe(true);
      const joined = lines.join("\n").replaceAll(" \\\n", " ");
      expect(joined).not.toContain("\n");
      expect(joined.split(/ +/)).toEqual(words);
    }),
  );
});
