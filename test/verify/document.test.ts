/** The key document's grammar: the blocks of a text, and the line at which a block is broken. */
import { describe, expect, test } from "vitest";
import { DOCUMENT } from "../../src/verify/bounds.ts";
import { splitBlocks } from "../../src/verify/ssh/document.ts";

const KEY = "ssh-ed25519 AAAA";
const GOOD = `#Timestamp=1\n#Instance=i-0\n${KEY}\nc2ln\n`;

const fields = (count: number): string => Array.from({ length: count }, (_, i) => `#F${i}=x\n`).join("");

const parseDocument = (bytes: Uint8Array) => splitBlocks(bytes).map((block) => block.read());

/** Returns each block as one line: its first line and its key, or the line at which it is broken. */
const seen = (text: string): string[] =>
  parseDocument(Buffer.from(text, "latin1")).map((block) =>
    block.kind === "block" ? `${block.line} ${block.key}` : `${block.line} broken at ${block.at}: ${block.what}`,
  );

describe("a document is cut into its blocks", () => {
  test.each([
    { title: "nothing", text: "", gives: [] },
    { title: "empty lines", text: "\n\n\n", gives: [] },
    { title: "one block", text: GOOD, gives: [`1 ${KEY}`] },
    { title: "no final newline", text: GOOD.trimEnd(), gives: [`1 ${KEY}`] },
    { title: "a block without fields", text: `${KEY}\nc2ln\n`, gives: [`1 ${KEY}`] },
    { title: "two blocks", text: `${GOOD}\n${GOOD}`, gives: [`1 ${KEY}`, `6 ${KEY}`] },
    { title: "empty lines around", text: `\n\n${GOOD}\n\n\n${GOOD}\n\n`, gives: [`3 ${KEY}`, `10 ${KEY}`] },
    { title: "a wrapped signature", text: GOOD.replace("c2ln", "c2\nln"), gives: [`1 ${KEY}`] },
    { title: "a field with = in its value", text: `#A=b=c\n${GOOD}`, gives: [`1 ${KEY}`] },
    { title: "a field without a value", text: `#A=\n${GOOD}`, gives: [`1 ${KEY}`] },
    { title: "a field named like a property", text: `#__proto__=x\n#constructor=y\n${GOOD}`, gives: [`1 ${KEY}`] },
    {
      title: "a line without =",
      text: `#Later\n${GOOD}`,
      gives: ["1 broken at 1: a field line that is not #Name=value"],
    },
    {
      title: "a field without a name",
      text: `#Timestamp=1\n#=x\n${KEY}\nc2ln\n`,
      gives: ["1 broken at 2: a field line that is not #Name=value"],
    },
    { title: "a field twice", text: `#Instance=i-1\n${GOOD}`, gives: ['1 broken at 3: a second "Instance"'] },
    {
      title: "a field twice, with control characters in its name",
      text: `#\x9b2J=1\n#\x9b2J=1\n${GOOD}`,
      gives: ['1 broken at 2: a second "\\u009b2J"'],
    },
    { title: "as many fields as allowed", text: `${fields(DOCUMENT.fields)}${KEY}\nc2ln\n`, gives: [`1 ${KEY}`] },
    {
      title: "one field more than allowed, and a good block after it",
      text: `${fields(DOCUMENT.fields + 1)}${KEY}\nc2ln\n\n${GOOD}`,
      gives: ["1 broken at 65: more than 64 field lines", `69 ${KEY}`],
    },
    { title: "fields alone", text: "#A=1\n#B=2\n", gives: ["1 broken at 2: no key line"] },
    { title: "a key alone", text: `#A=1\n${KEY}\n`, gives: ["1 broken at 2: no signature after the key line"] },
    {
      title: "a signature in another alphabet",
      text: `${KEY}\nc2l_\n`,
      gives: ["1 broken at 2: a signature that is not base64"],
    },
    {
      title: "a signature without padding",
      text: `${KEY}\nc2lnbg\n`,
      gives: ["1 broken at 2: a signature that is not base64"],
    },
    {
      title: "a field after the key",
      text: `${KEY}\n#A=1\nc2ln\n`,
      gives: ["1 broken at 2: a signature that is not base64"],
    },
    {
      title: "a carriage return",
      text: GOOD.replaceAll("\n", "\r\n"),
      gives: ["1 broken at 1: a control character in a field line"],
    },
    {
      title: "a broken block between good ones",
      text: `${GOOD}\n#x\n\n${GOOD}`,
      gives: [`1 ${KEY}`, "6 broken at 6: no key line", `8 ${KEY}`],
    },
  ])("$title", ({ text, gives }) => {
    expect(seen(text)).toEqual(gives);
  });
});

test("the signed bytes are kept unchanged, including the newline of the key line", () => {
  const bytes = Buffer.from(`\n#A=\xff\xfe\n${KEY}  \nc2ln\n`, "latin1");
  const [block] = parseDocument(bytes);
  expect(block).toMatchObject({
    kind: "block",
    signed: bytes.subarray(1, bytes.indexOf("c2ln")),
    signature: Buffer.from("sig"),
  });
});

test("fields are kept by name, unknown ones too", () => {
  const [block] = parseDocument(Buffer.from(`#Later=1\n${GOOD}`));
  expect(block?.kind === "block" && [...block.fields]).toEqual([
    ["Later", "1"],
    ["Timestamp", "1"],
    ["Instance", "i-0"],
  ]);
});

test("a broken block still says which key was lost", () => {
  expect(parseDocument(Buffer.from(`#x\n${KEY}\nc2ln\n`))).toMatchObject([{ kind: "broken", key: KEY }]);
});
