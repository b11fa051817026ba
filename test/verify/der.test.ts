/** The DER reader on valid input: elements, lengths, and the values inside. */
import { describe, expect, test } from "vitest";
import { constructed, DerReader, primitive, readDer, TAG } from "../../src/verify/der/der.ts";
import {
  booleanOf,
  integerBytesOf,
  namedBitsOf,
  octetsOf,
  oidOf,
  smallIntegerOf,
  timeOf,
} from "../../src/verify/der/der-values.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
const element = (text: string) => new DerReader(hex(text)).any();
const timeElement = (tag: number, text: string) => ({ tag, bytes: Buffer.alloc(0), content: Buffer.from(text) });

describe("an element is delimited by its length", () => {
  test.each([
    { title: "no content", bytes: hex("0500"), content: "" },
    { title: "one byte of length", bytes: hex("0401ff"), content: "ff" },
    {
      title: "the longest short form",
      bytes: Buffer.concat([hex("047f"), Buffer.alloc(127)]),
      content: "00".repeat(127),
    },
    {
      title: "one byte after the first",
      bytes: Buffer.concat([hex("048180"), Buffer.alloc(128)]),
      content: "00".repeat(128),
    },
    {
      title: "two bytes after the first",
      bytes: Buffer.concat([hex("04820100"), Buffer.alloc(256)]),
      content: "00".repeat(256),
    },
    {
      title: "three bytes after the first",
      bytes: Buffer.concat([hex("0483010000"), Buffer.alloc(65536)]),
      content: "00".repeat(65536),
    },
  ])("$title", ({ bytes, content }) => {
    const reader = new DerReader(bytes);
    const { bytes: all, content: inside } = reader.any();
    expect(Buffer.from(inside).toString("hex")).toBe(content);
    expect(Buffer.from(all)).toEqual(bytes);
    expect(reader.done).toBe(true);
  });
});

test("elements are read one after the other, optional ones only if they are present", () => {
  const reader = DerReader.inside(hex("3009 020105 0101ff 800101"));
  expect(reader.optional(TAG.boolean)).toBeUndefined();
  expect(smallIntegerOf(reader.next(TAG.integer))).toBe(5);
  expect(reader.optional(TAG.boolean)).toBeDefined();
  expect(reader.next(primitive(0)).content).toEqual(hex("01"));
  expect(reader.optional(TAG.boolean)).toBeUndefined();
  expect(() => reader.end()).not.toThrow();
});

test("a view is given, not a copy", () => {
  const bytes = hex("040101");
  const { content } = readDer(bytes, TAG.octetString);
  bytes.writeUInt8(7, 2);
  expect(content[0]).toBe(7);
});

test("context tags differ by their number and by being constructed", () => {
  expect([constructed(0), constructed(3), primitive(2)]).toEqual([0xa0, 0xa3, 0x82]);
});

describe("values", () => {
  test.each([
    { what: "FALSE", value: booleanOf(element("010100")), is: false },
    { what: "TRUE", value: booleanOf(element("0101ff")), is: true },
    { what: "zero", value: smallIntegerOf(element("020100")), is: 0 },
    { what: "127", value: smallIntegerOf(element("02017f")), is: 127 },
    { what: "128", value: smallIntegerOf(element("02020080")), is: 128 },
    { what: "the largest", value: smallIntegerOf(element("02047fffffff")), is: 2 ** 31 - 1 },
    { what: "an OID of RSA", value: oidOf(element("06092a864886f70d01010b")), is: "1.2.840.113549.1.1.11" },
    { what: "an OID of an extension", value: oidOf(element("0603551d0f")), is: "2.5.29.15" },
    { what: "an OID under 2.999", value: oidOf(element("0603883703")), is: "2.999.3" },
    { what: "an OID of one byte", value: oidOf(element("060100")), is: "0.0" },
    { what: "an OID of 1.39", value: oidOf(element("06014f")), is: "1.39" },
    { what: "an OID of 2.0", value: oidOf(element("060150")), is: "2.0" },
  ])("$what", ({ value, is }) => {
    expect(value).toBe(is);
  });

  test("an INTEGER keeps its sign byte, as serial numbers are compared", () => {
    expect(Buffer.from(integerBytesOf(element("020200ff"))).toString("hex")).toBe("00ff");
    expect(Buffer.from(integerBytesOf(element("0201ff"))).toString("hex")).toBe("ff");
  });

  test("a BIT STRING of whole bytes", () => {
    expect(Buffer.from(octetsOf(element("0303000102"))).toString("hex")).toBe("0102");
  });

  test.each([
    { bits: "030205a0", set: [0, 2] },
    { bits: "03020106", set: [5, 6] },
    { bits: "030100", set: [] },
    { bits: "0303070080", set: [8] },
    { bits: "03020001", set: [7] },
  ])("the named bits of $bits", ({ bits, set }) => {
    expect([...namedBitsOf(element(bits), 4)]).toEqual(set);
  });
});

describe("times", () => {
  test.each([
    { tag: TAG.utcTime, text: "491231235959Z", is: "2049-12-31T23:59:59.000Z" },
    { tag: TAG.utcTime, text: "500101000000Z", is: "1950-01-01T00:00:00.000Z" },
    { tag: TAG.utcTime, text: "000229120000Z", is: "2000-02-29T12:00:00.000Z" },
    { tag: TAG.generalizedTime, text: "20500101000000Z", is: "2050-01-01T00:00:00.000Z" },
    { tag: TAG.generalizedTime, text: "99991231235959Z", is: "9999-12-31T23:59:59.000Z" },
  ])("$text", ({ tag, text, is }) => {
    expect(timeOf(timeElement(tag, text)).toISOString()).toBe(is);
  });
});
