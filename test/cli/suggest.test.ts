/** The nearest name to a mistyped one. */
import { expect, test } from "vitest";
import { nearest } from "../../src/cli/suggest.ts";

const COMMANDS = ["authorized-keys", "explain", "capture", "doctor", "completion"];

test.each([
  { typed: "explian", gives: "explain" },
  { typed: "expain", gives: "explain" },
  { typed: "EXPLAIN", gives: "explain" },
  { typed: "docter", gives: "doctor" },
  { typed: "authorised-keys", gives: "authorized-keys" },
  { typed: "authorized_keys", gives: "authorized-keys" },
  { typed: "comp", gives: "completion" },
  { typed: "capt", gives: "capture" },
  { typed: "c", gives: undefined },
  { typed: "", gives: undefined },
  { typed: "status", gives: undefined },
])("$typed is $gives", ({ typed, gives }) => {
  expect(nearest(typed, COMMANDS)).toBe(gives);
});

test("among no names there is no suggestion", () => {
  expect(nearest("explain", [])).toBeUndefined();
});
