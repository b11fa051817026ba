/** Handmade certificate extensions: some that openssl would not write, some that two readers could read differently. */
import { describe, expect, test } from "vitest";
import { DerError, readDer, TAG } from "../../src/verify/der/der.ts";
import { readExtensions } from "../../src/verify/x509/extensions.ts";
import { join } from "../support/openssl-der.ts";

const TRUE = join(0x01, Buffer.of(0xff));
const FALSE = join(0x01, Buffer.of(0x00));
const OIDS = { keyUsage: "551d0f", names: "551d11", constraints: "551d13", purposes: "551d25", unknown: "2a0304" };

const extension = (name: keyof typeof OIDS, value: Buffer, ...critical: Buffer[]): Buffer =>
  join(0x30, join(0x06, Buffer.from(OIDS[name], "hex")), ...critical, join(0x04, value));
const read = (...list: Buffer[]) => readExtensions(readDer(join(0x30, ...list), TAG.sequence));
const number = (...bytes: number[]): Buffer => join(0x02, Buffer.from(bytes));
const dns = (name: string): Buffer => join(0x82, Buffer.from(name));

test("no extensions means none of the known ones", () => {
  expect(readExtensions(undefined)).toEqual({
    basicConstraints: undefined,
    keyUsage: undefined,
    extendedKeyUsage: undefined,
    dnsNames: undefined,
    nameConstraints: undefined,
    unknownCritical: [],
  });
});

describe("a value with two encodings and one meaning is read", () => {
  test.each([
    { title: "not a CA, by omission", value: join(0x30), is: { ca: false, pathLength: undefined } },
    { title: "not a CA, explicitly", value: join(0x30, FALSE), is: { ca: false, pathLength: undefined } },
    { title: "a CA", value: join(0x30, TRUE), is: { ca: true, pathLength: undefined } },
    { title: "a CA with a path length", value: join(0x30, TRUE, number(0)), is: { ca: true, pathLength: 0 } },
  ])("$title", ({ value, is }) => {
    expect(read(extension("constraints", value)).basicConstraints).toEqual(is);
  });

  test("an unknown extension counts only if it is critical", () => {
    const value = Buffer.from("anything");
    expect(read(extension("unknown", value)).unknownCritical).toEqual([]);
    expect(read(extension("unknown", value, FALSE)).unknownCritical).toEqual([]);
    expect(read(extension("unknown", value, TRUE)).unknownCritical).toEqual(["1.2.3.4"]);
  });

  test("DNS names are kept unchanged, names of other kinds are skipped", () => {
    const value = join(0x30, dns("A.example"), join(0x81, Buffer.from("x@y")), join(0xa4, join(0x30)), dns("b\0c"));
    expect(read(extension("names", value)).dnsNames).toEqual(["A.example", "b\0c"]);
  });
});

describe("an ambiguous extension is refused", () => {
  const usage = join(0x03, Buffer.of(7, 0x80));
  test.each<{ title: string; list: Buffer[] }>([
    { title: "an extension twice", list: [extension("keyUsage", usage), extension("keyUsage", usage)] },
    { title: "an unknown extension twice", list: [extension("unknown", usage), extension("unknown", usage)] },
    { title: "a path length without CA", list: [extension("constraints", join(0x30, number(1)))] },
    { title: "a path length with CA FALSE", list: [extension("constraints", join(0x30, FALSE, number(1)))] },
    { title: "a negative path length", list: [extension("constraints", join(0x30, TRUE, number(0xff)))] },
    { title: "constraints in another order", list: [extension("constraints", join(0x30, number(1), TRUE))] },
    { title: "something after the constraints", list: [extension("constraints", join(0x30, TRUE, TRUE))] },
    { title: "a second value", list: [extension("constraints", Buffer.concat([join(0x30), join(0x30)]))] },
    { title: "a BOOLEAN of 1", list: [extension("constraints", join(0x30, join(0x01, Buffer.of(1))))] },
    { title: "a critical that is not a BOOLEAN", list: [extension("keyUsage", usage, join(0x01, Buffer.of(2)))] },
    { title: "purposes without a purpose", list: [extension("purposes", join(0x30))] },
    { title: "purposes that are not OIDs", list: [extension("purposes", join(0x30, number(1)))] },
    { title: "names without a name", list: [extension("names", join(0x30))] },
    { title: "a name without its tag", list: [extension("names", join(0x30, join(0x16, Buffer.from("a.example"))))] },
    { title: "a usage that is not a BIT STRING", list: [extension("keyUsage", number(1))] },
    { title: "a usage with trailing zeros", list: [extension("keyUsage", join(0x03, Buffer.of(0, 0x80)))] },
    { title: "an extension that is not a SEQUENCE", list: [join(0x31)] },
    { title: "an extension without a value", list: [join(0x30, join(0x06, Buffer.from("551d0f", "hex")))] },
    { title: "an extension with two values", list: [join(0x30, join(0x06, Buffer.of(42)), join(0x04), join(0x04))] },
  ])("$title", ({ list }) => {
    expect(() => read(...list)).toThrow(DerError);
  });
});
