/** Selection of the blocks to check in a crowded document: a block that cannot be valid never hides a valid one. */
import { describe, expect, test } from "vitest";
import { DOCUMENT } from "../../src/verify/bounds.ts";
import { splitBlocks } from "../../src/verify/ssh/document.ts";
import { mentions, toCheck } from "../../src/verify/ssh/offered.ts";
import type { Verdict } from "../../src/verify/verdict.ts";
import { authorizedKeysLines, noKeyReason, SignerValidator, verifyKeys } from "../../src/verify/verifier.ts";
import { block, evidence, FIELDS, INSTANCE, NOW, OFFERED, REQUEST, RULES } from "../support/costly/world.ts";
import { fingerprint, keyLine } from "../support/keys.ts";

const seconds = NOW.getTime() / 1000;
const forged = (end: number, line = OFFERED): string =>
  `#Timestamp=${end}\n#Instance=${INSTANCE}\n${line}\n${Buffer.alloc(256, 0x55).toString("base64")}\n\n`;
const good = block(OFFERED);

function verdicts(document: string, request = REQUEST): Verdict[] {
  return verifyKeys(request, evidence({ keys: Buffer.from(document) }), new SignerValidator(RULES), NOW);
}
const words = (list: readonly Verdict[]): string[] =>
  list.map((verdict) => (verdict.kind === "accepted" ? verdict.kind : verdict.refusal.reason));
const count = (list: readonly Verdict[], word: string): number => words(list).filter((one) => one === word).length;

describe("a good key among forged blocks for the same key", () => {
  test("is found after as many as are checked", () => {
    const all = verdicts(forged(seconds + 55).repeat(DOCUMENT.signatures - 1) + good);
    expect(count(all, "bad-signature")).toBe(255);
    expect(authorizedKeysLines(all)).toEqual([OFFERED]);
  });

  test("is found before and after two thousand that claim an earlier end, as after a change of signer", () => {
    const old = forged(seconds + 20).repeat(1000);
    const all = verdicts(old + good + old);
    expect(authorizedKeysLines(all)).toEqual([OFFERED]);
    expect([count(all, "accepted"), count(all, "bad-signature"), count(all, "broken-block")]).toEqual([1, 255, 1745]);
  });

  test.each(["#Timestamp=\n", "#Timestamp=soon\n", "#Timestamp=99999999999999e9\n", ""])(
    "is found after a thousand with an impossible end: %j",
    (field) => {
      const junk = forged(0).replace("#Timestamp=0\n", field);
      expect(authorizedKeysLines(verdicts(junk.repeat(1000) + good)).length).toBe(field.includes("e9") ? 0 : 1);
    },
  );

  test("is refused, with the reason, after more than are checked that claim a later end", () => {
    const all = verdicts(forged(seconds + 59).repeat(DOCUMENT.signatures) + good);
    expect(authorizedKeysLines(all)).toEqual([]);
    expect(all.at(-1)).toMatchObject({
      refusal: { reason: "broken-block", what: "not checked, after the 256 keys that end last by what they say" },
    });
  });

  test("is found among any number of blocks for other keys", () => {
    const others = forged(seconds + 59, keyLine("another")).repeat(2000);
    const all = verdicts(others + good);
    expect([count(all, "another-key"), count(all, "accepted")]).toEqual([2000, 1]);
  });
});

test("if no key is named, the newest of hundreds of good keys are accepted", () => {
  const of = (age: number, name: string) =>
    block(keyLine(name), FIELDS.replace(/Timestamp=\d+/, `Timestamp=${seconds + 50 - age}`));
  const newest = Array.from({ length: 256 }, (_, i) => of(0, `new ${i}`));
  const oldest = Array.from({ length: 30 }, (_, i) => of(10, `old ${i}`));
  const all = verdicts([...oldest, ...newest].join(""), { user: "guest", fingerprint: undefined as never });
  expect(words(all)).toEqual([...oldest.map(() => "broken-block"), ...newest.map(() => "accepted")]);
});

test.each([
  { bytes: 256, most: 256 },
  { bytes: 257, most: 255 },
  { bytes: 512, most: 128 },
  { bytes: 1024, most: 64 },
])("for a signer of $bytes bytes at most $most are checked", ({ bytes, most }) => {
  const blocks = splitBlocks(Buffer.from("a\n\n".repeat(300)));
  expect(toCheck(blocks, undefined, bytes).size).toBe(most);
});

describe("a line mentions the offered key", () => {
  const offered = fingerprint(OFFERED);
  const key = OFFERED.split(" ")[1] ?? "";
  const decoys = (many: number) => "AAAAdecoy ".repeat(many);
  test.each([
    { title: "as its key", line: OFFERED, is: true },
    { title: "after options", line: `command="a b" ${OFFERED}`, is: true },
    { title: "after a tab", line: `ssh-ed25519\t${key}`, is: true },
    { title: "as the fourth word that begins like a key", line: `${decoys(3)}${key}`, is: true },
    { title: "not as the fifth", line: `${decoys(4)}${key}`, is: false },
    { title: "before any comment", line: `${OFFERED} ${decoys(500)}`, is: true },
    { title: "not inside a word", line: `ssh-ed25519 x${key}`, is: false },
    { title: "at the end of the longest line", line: `${"c".repeat(DOCUMENT.line - 69)} ${key}`, is: true },
    { title: "not beyond the longest line", line: `${"c".repeat(DOCUMENT.line)} ${key}`, is: false },
  ])("$title: $is", ({ line, is }) => {
    const [block_] = splitBlocks(Buffer.from(line));
    expect(block_ !== undefined && mentions(block_, offered)).toBe(is);
    expect(noKeyReason(Buffer.from(line), REQUEST)).toBe(is ? undefined : "not-offered");
  });
});
