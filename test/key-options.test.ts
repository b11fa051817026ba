/** Options of keys in the settings: read to their last byte in sshd's grammar, and only those that restrict. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyOptionsFlaw } from "../src/settings/key-options.ts";
import { INVALID, VALID } from "./support/key-options.ts";

describe("options of a key", () => {
  test.each(VALID.map((options) => ({ options })))("are valid: $options", ({ options }) => {
    expect(keyOptionsFlaw(options)).toBeUndefined();
  });

  test.each(INVALID)("are invalid: $options", ({ options, flaw }) => {
    expect(keyOptionsFlaw(options)).toBe(flaw);
  });

  test.each([
    { options: "", flaw: "must have at least one option" },
    { options: "pty\nrestrict", flaw: "must be printable ASCII, and column 4 is not" },
    { options: 'command="\u00fc"', flaw: "must be printable ASCII, and column 10 is not" },
    { options: `command="${"a".repeat(2039)}"`, flaw: "must have at most 2048 characters" },
  ])("cannot be $flaw", ({ options, flaw }) => {
    expect(keyOptionsFlaw(options)).toBe(flaw);
  });

  test("end where they end: nothing can follow valid options", () => {
    const valid = fc.constantFrom(...VALID);
    const rest = fc.string({ unit: "grapheme-ascii", minLength: 1 }).filter((text) => !text.startsWith(","));
    fc.assert(
      // A letter after a flag is another name.
      fc.property(valid, rest, (options, more) => keyOptionsFlaw(`${options}${more}`) !== undefined),
    );
  });

  test("can be joined by a comma, unless one that may be there once is there twice", () => {
    const once = /(?:^|,)(command|from|tunnel)=/gi;
    const names = (options: string) => [...options.matchAll(once)].map(([, name = ""]) => name.toLowerCase());
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...VALID), { minLength: 1, maxLength: 5 }), (list) => {
        const all = list.join(",");
        const isTwice = new Set(names(all)).size < names(all).length;
        expect(keyOptionsFlaw(all) === undefined).toBe(!isTwice);
      }),
    );
  });
});
