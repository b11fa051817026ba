/** Accepted keys and signature algorithms: public keys encoded by hand, and signatures by another kind of key. */
import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { DerReader } from "../../src/verify/der/der.ts";
import {
  acceptedPublicKey,
  describeKey,
  isAcceptedSignatureAlgorithm,
  readAlgorithm,
  verifySignature,
} from "../../src/verify/x509/algorithms.ts";
import { join } from "../support/openssl-der.ts";

const oid = (hex: string): Buffer => join(0x06, Buffer.from(hex, "hex"));
const NULL = join(0x05);
const SHA256_RSA = oid("2a864886f70d01010b");
const SHA1_RSA = oid("2a864886f70d010105");
const RSA_PSS = oid("2a864886f70d01010a");
const SHA256_ECDSA = oid("2a8648ce3d040302");
const SHA1_ECDSA = oid("2a8648ce3d0401");
const algorithm = (...parts: Buffer[]) => readAlgorithm(new DerReader(join(0x30, ...parts)));

/** Returns an RSA SubjectPublicKeyInfo with a modulus of this many bits. No signature can be made for it. */
function rsa(bits: number, exponent: bigint): Buffer {
  const integer = (value: bigint): Buffer => {
    const hex = value.toString(16);
    const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
    return join(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes);
  };
  const key = join(0x30, integer((1n << BigInt(bits - 1)) | 1n), integer(exponent));
  return join(0x30, join(0x30, oid("2a864886f70d010101"), NULL), join(0x03, Buffer.alloc(1), key));
}

describe("an RSA key counts by its size and its exponent", () => {
  test.each([
    { bits: 2047, exponent: 65537n, counts: false },
    { bits: 2048, exponent: 65537n, counts: true },
    { bits: 2049, exponent: 65537n, counts: true },
    { bits: 8192, exponent: 65537n, counts: true },
    { bits: 8193, exponent: 65537n, counts: false },
    { bits: 2048, exponent: 1n, counts: false },
    { bits: 2048, exponent: 3n, counts: false },
    { bits: 2048, exponent: 65535n, counts: false },
    { bits: 2048, exponent: 65538n, counts: false },
    { bits: 2048, exponent: 65539n, counts: true },
    { bits: 2048, exponent: 0n, counts: false },
  ])("$bits bits, exponent $exponent", ({ bits, exponent, counts }) => {
    expect(acceptedPublicKey(rsa(bits, exponent)) !== undefined).toBe(counts);
    expect(describeKey(rsa(bits, exponent))).toBe(`rsa ${bits}`);
  });
});

describe("a key of another kind is accepted only on three curves", () => {
  const spki = (key: { export(options: { format: "der"; type: "spki" }): Buffer }) =>
    key.export({ format: "der", type: "spki" });

  test.each([
    { namedCurve: "P-256", counts: true },
    { namedCurve: "P-384", counts: true },
    { namedCurve: "P-521", counts: true },
    { namedCurve: "P-224", counts: false },
    { namedCurve: "secp256k1", counts: false },
    { namedCurve: "brainpoolP256r1", counts: false },
  ])("EC on $namedCurve", ({ namedCurve, counts }) => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve });
    expect(acceptedPublicKey(spki(publicKey)) !== undefined).toBe(counts);
    expect(describeKey(spki(publicKey))).toMatch(/^ec /);
  });

  test("Ed25519, Ed448 and X25519 are not", () => {
    const keys = [generateKeyPairSync("ed25519"), generateKeyPairSync("ed448"), generateKeyPairSync("x25519")];
    expect(keys.map(({ publicKey }) => acceptedPublicKey(spki(publicKey)))).toEqual([undefined, undefined, undefined]);
  });

  test.each(["", "3000", "ff", "300506032a0304"])("bytes that are not a key are not: %j", (hex) => {
    expect(acceptedPublicKey(Buffer.from(hex, "hex"))).toBeUndefined();
    expect(describeKey(Buffer.from(hex, "hex"))).toBe("not readable");
  });
});

describe("a signature algorithm is accepted with its allowed parameters", () => {
  test.each([
    { title: "RSA with SHA-256", parts: [SHA256_RSA, NULL], counts: true },
    { title: "RSA with SHA-256, without NULL", parts: [SHA256_RSA], counts: true },
    { title: "RSA with SHA-256 and other parameters", parts: [SHA256_RSA, join(0x30)], counts: false },
    { title: "ECDSA with SHA-256", parts: [SHA256_ECDSA], counts: true },
    { title: "ECDSA with SHA-256 and NULL", parts: [SHA256_ECDSA, NULL], counts: false },
    { title: "RSA with SHA-1", parts: [SHA1_RSA, NULL], counts: false },
    { title: "ECDSA with SHA-1", parts: [SHA1_ECDSA], counts: false },
    { title: "RSA-PSS", parts: [RSA_PSS, join(0x30)], counts: false },
    { title: "RSA itself", parts: [oid("2a864886f70d010101"), NULL], counts: false },
  ])("$title", ({ parts, counts }) => {
    expect(isAcceptedSignatureAlgorithm(algorithm(...parts))).toBe(counts);
  });
});

test("a signature is valid only under a key of the kind that its algorithm names", () => {
  const bytes = Buffer.from("what is signed");
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const rsaPair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const byEc = sign("sha256", bytes, ec.privateKey);
  const byRsa = sign("sha256", bytes, rsaPair.privateKey);
  expect(verifySignature(ec.publicKey, algorithm(SHA256_ECDSA), bytes, byEc)).toBe(true);
  expect(verifySignature(rsaPair.publicKey, algorithm(SHA256_RSA, NULL), bytes, byRsa)).toBe(true);
  expect(verifySignature(ec.publicKey, algorithm(SHA256_RSA, NULL), bytes, byEc)).toBe(false);
  expect(verifySignature(rsaPair.publicKey, algorithm(SHA256_ECDSA), bytes, byRsa)).toBe(false);
  expect(
    verifySignature(rsaPair.publicKey, algorithm(SHA1_RSA, NULL), bytes, sign("sha1", bytes, rsaPair.privateKey)),
  ).toBe(false);
});

test("a signature of any shape is valid or not, and throws nothing", () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const strange = ["", "00", "3000", "3006020100020100", "3080", "ff".repeat(80), "00".repeat(10_000)];
  const held = strange.map((hex) =>
    verifySignature(publicKey, algorithm(SHA256_ECDSA), Buffer.of(1), Buffer.from(hex, "hex")),
  );
  expect(held).toEqual(strange.map(() => false));
});
