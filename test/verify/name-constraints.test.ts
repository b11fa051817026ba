/** Name constraints: how they are read, and which names they permit (RFC 5280 §4.2.1.10). */
import { describe, expect, test } from "vitest";
import { DerError } from "../../src/verify/der/der.ts";
import { permits, readNameConstraints } from "../../src/verify/x509/name-constraints.ts";
import { join } from "../support/openssl-der.ts";

const subtree = (tag: number, name: string | Buffer, ...more: Buffer[]): Buffer =>
  join(0x30, join(tag, Buffer.from(name)), ...more);
const dns = (name: string): Buffer => subtree(0x82, name);
const constraints = (...parts: Buffer[]) => readNameConstraints(join(0x30, ...parts));
const permitted = (...list: Buffer[]): Buffer => join(0xa0, ...list);
const excluded = (...list: Buffer[]): Buffer => join(0xa1, ...list);

describe("a name is permitted if a base permits it, and none excludes it", () => {
  test.each<{ parts: Buffer[]; names: string[]; is: boolean }>([
    { parts: [permitted(dns("example.com"))], names: ["example.com"], is: true },
    { parts: [permitted(dns("example.com"))], names: ["a.b.example.com"], is: true },
    { parts: [permitted(dns("example.com"))], names: ["badexample.com"], is: false },
    { parts: [permitted(dns("example.com"))], names: ["example.com.evil"], is: false },
    { parts: [permitted(dns("example.com"))], names: ["com"], is: false },
    { parts: [permitted(dns("EXAMPLE.com"))], names: ["a.Example.COM"], is: true },
    { parts: [permitted(dns(".example.com"))], names: ["a.example.com"], is: true },
    { parts: [permitted(dns(".example.com"))], names: ["example.com"], is: false },
    { parts: [permitted(dns(""))], names: ["anything"], is: true },
    { parts: [permitted(dns("a.com"), dns("b.com"))], names: ["x.b.com", "a.com"], is: true },
    { parts: [permitted(dns("a.com"))], names: ["a.com", "b.com"], is: false },
    { parts: [excluded(dns("a.com"))], names: ["b.com"], is: true },
    { parts: [excluded(dns("a.com"))], names: ["b.com", "x.a.com"], is: false },
    { parts: [excluded(dns(""))], names: ["b.com"], is: false },
    { parts: [permitted(dns("com")), excluded(dns("a.com"))], names: ["b.com"], is: true },
    { parts: [permitted(dns("com")), excluded(dns("a.com"))], names: ["a.com"], is: false },
    { parts: [permitted(dns("com"))], names: [], is: true },
  ])("case %#: $names", ({ parts, names, is }) => {
    const read = constraints(...parts);
    expect(read.otherKinds).toBe(false);
    expect(permits(read, names)).toBe(is);
  });
});

describe("constraints on names of another kind are reported", () => {
  test.each([
    { title: "an address", parts: [excluded(subtree(0x87, Buffer.alloc(8)))] },
    { title: "an e-mail", parts: [permitted(dns("a.com"), subtree(0x81, "a.com"))] },
    { title: "a directory name", parts: [permitted(subtree(0xa4, join(0x30)))] },
  ])("$title", ({ parts }) => {
    expect(constraints(...parts).otherKinds).toBe(true);
  });
});

describe("constraints that cannot be enforced are refused", () => {
  test.each<{ title: string; parts: Buffer[] }>([
    { title: "nothing in them", parts: [] },
    { title: "an empty list of what is permitted", parts: [permitted()] },
    { title: "an empty list of what is excluded", parts: [permitted(dns("a")), excluded()] },
    { title: "a minimum", parts: [permitted(subtree(0x82, "a.com", join(0x80, Buffer.of(1))))] },
    { title: "a maximum", parts: [permitted(subtree(0x82, "a.com", join(0x81, Buffer.of(1))))] },
    { title: "a subtree without a base", parts: [permitted(join(0x30))] },
    { title: "the two lists in another order", parts: [excluded(dns("a")), permitted(dns("a"))] },
    { title: "something after them", parts: [permitted(dns("a")), join(0xa2)] },
  ])("$title", ({ parts }) => {
    expect(() => constraints(...parts)).toThrow(DerError);
  });
});
