/** The DER reader on ambiguous or truncated input: it refuses both, and distinguishes truncated from invalid input. */
import { describe, expect, test } from "vitest";
import { DerError, DerReader, type Element, readDer, TAG } from "../../src/verify/der/der.ts";
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

/** Returns the DerError that `read` throws. */
function flaw(read: () => unknown): DerError {
  try {
    read();
  } catch (error) {
    if (error instanceof DerError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("an element that ends early is truncated", () => {
  test.each([
    "",
    "04",
    "0401",
    "0402ff",
    "0481",
    "048180",
    "0482",
    "04820100",
    "0484ffffffff",
    "3003020105ff".slice(0, 8),
  ])("%s", (bytes) => {
    expect(flaw(() => new DerReader(hex(bytes)).any())).toMatchObject({ truncated: true });
  });
});

describe("a non-canonical encoding is refused, and does not count as truncated", () => {
  test.each([
    { title: "the indefinite form", bytes: "30800000" },
    { title: "the reserved length", bytes: "04ff00" },
    { title: "five bytes of length", bytes: "0485000000000100" },
    { title: "a long form for a short length", bytes: "04810100" },
    { title: "a long form for 127", bytes: `04817f${"00".repeat(127)}` },
    { title: "a length with a zero in front", bytes: `04820080${"00".repeat(128)}` },
    { title: "a tag number above 30", bytes: "1f8101 00" },
    { title: "a tag of the context above 30", bytes: "bf2f00" },
  ])("$title", ({ bytes }) => {
    expect(flaw(() => new DerReader(hex(bytes)).any())).toMatchObject({ truncated: false });
  });

  test("bytes after the one element", () => {
    expect(flaw(() => readDer(hex("040100ff"), TAG.octetString)).message).toContain("after the last");
  });

  test("another tag than the expected one", () => {
    expect(flaw(() => readDer(hex("040100"), TAG.integer)).message).toBe("tag 0x04 where 0x02 belongs");
  });

  test("an inner element that exceeds its outer one", () => {
    const reader = DerReader.inside(hex("3003 0202ff")); // the sequence has three bytes, the integer needs four
    expect(flaw(() => reader.any())).toMatchObject({ truncated: true });
  });
});

const element = (bytes: string): Element => new DerReader(hex(bytes)).any();
const time = (tag: number, text: string): Element => ({ tag, bytes: Buffer.alloc(0), content: Buffer.from(text) });

describe("an ambiguous value is refused", () => {
  test.each<{ title: string; read: () => unknown }>([
    { title: "a BOOLEAN of 01", read: () => booleanOf(element("010101")) },
    { title: "a BOOLEAN of two bytes", read: () => booleanOf(element("0102ffff")) },
    { title: "an empty BOOLEAN", read: () => booleanOf(element("0100")) },
    { title: "an empty INTEGER", read: () => integerBytesOf(element("0200")) },
    { title: "an INTEGER with a superfluous zero", read: () => integerBytesOf(element("0202007f")) },
    { title: "a negative INTEGER with a superfluous ff", read: () => integerBytesOf(element("0202ff80")) },
    { title: "a small INTEGER below zero", read: () => smallIntegerOf(element("0201ff")) },
    { title: "a small INTEGER of five bytes", read: () => smallIntegerOf(element("02050100000000")) },
    { title: "an empty OID", read: () => oidOf(element("0600")) },
    { title: "an OID that ends inside an arc", read: () => oidOf(element("06022a86")) },
    { title: "an OID with an arc padded by 80", read: () => oidOf(element("06032a8001")) },
    { title: "an OID whose first arc is padded", read: () => oidOf(element("0602802a")) },
    { title: "an OID with an arc above 2^53", read: () => oidOf(element("060a2affffffffffffffff7f")) },
    { title: "a BIT STRING with unused bits for whole bytes", read: () => octetsOf(element("03020180")) },
    { title: "a BIT STRING without its first byte", read: () => octetsOf(element("0300")) },
    { title: "named bits without the count", read: () => namedBitsOf(element("0300"), 4) },
    { title: "named bits with eight unused", read: () => namedBitsOf(element("03020800"), 4) },
    { title: "named bits with unused bits of no byte", read: () => namedBitsOf(element("030101"), 4) },
    { title: "named bits with trailing zeros", read: () => namedBitsOf(element("03020080"), 4) },
    { title: "named bits with an unused bit set", read: () => namedBitsOf(element("03020381"), 4) },
    { title: "named bits with a last byte of zeros", read: () => namedBitsOf(element("0303008000"), 4) },
  ])("$title", ({ read }) => {
    expect(flaw(read)).toBeInstanceOf(DerError);
  });
});

describe("a time in another form is refused", () => {
  test.each([
    [TAG.utcTime, "2601010000Z"],
    [TAG.utcTime, "260101000000"],
    [TAG.utcTime, "260101000000+0100"],
    [TAG.utcTime, "20260101000000Z"],
    [TAG.utcTime, "260101000000z"],
    [TAG.utcTime, "26010100000 Z"],
    [TAG.utcTime, "260101000000Z\n"],
    [TAG.generalizedTime, "260101000000Z"],
    [TAG.generalizedTime, "20260101000000.5Z"],
    [TAG.generalizedTime, "20260101000000"],
    [TAG.generalizedTime, "2026010100Z"],
    [TAG.generalizedTime, "20260230000000Z"],
    [TAG.generalizedTime, "20250229000000Z"],
    [TAG.generalizedTime, "20261301000000Z"],
    [TAG.generalizedTime, "20260100000000Z"],
    [TAG.generalizedTime, "20260101240000Z"],
    [TAG.generalizedTime, "20260101006000Z"],
    [TAG.generalizedTime, "20260101000060Z"],
    [TAG.octetString, "20260101000000Z"],
  ])("tag %i, %s", (tag, text) => {
    expect(flaw(() => timeOf(time(tag, text)))).toBeInstanceOf(DerError);
  });
});
