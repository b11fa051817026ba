/** Keys that the API accepts, and its errors for all others. */
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { fingerprintIn, parseSshPublicKey } from "../../../src/simulator/api/ssh-public-key.ts";
import { KEY, PRINT } from "../bundle.ts";

const field = (bytes: Buffer | string) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(bytes));
  return Buffer.concat([length, Buffer.from(bytes)]);
};
const line = (type: string, ...fields: readonly (Buffer | string)[]) =>
  `${type} ${Buffer.concat(fields.map(field)).toString("base64")}`;

const POINT = Buffer.alloc(32, 7);
const EXPONENT = Buffer.from([1, 0, 1]);

/** Returns an odd number with this many bits, as an mpint. */
function number(bits: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(bits / 8), 0xff);
  bytes[0] = 0xff >> (bytes.length * 8 - bits);
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes;
}

const rsa = (bits: number) => line("ssh-rsa", "ssh-rsa", EXPONENT, number(bits));

/** Returns a generated key, so that not every key in these tests is made by hand. */
function realRsa(modulusLength: number): string {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength });
  const { n = "", e = "" } = publicKey.export({ format: "jwk" });
  const modulus = Buffer.concat([Buffer.alloc(1), Buffer.from(n, "base64url")]);
  return line("ssh-rsa", "ssh-rsa", Buffer.from(e, "base64url"), modulus);
}

describe("is taken:", () => {
  test.each([
    { title: "an ED25519 key", key: KEY },
    { title: "with a comment", key: `${KEY} me@here and more` },
    { title: "as a file has it", key: `${KEY} me\n` },
    { title: "as a file of Windows has it", key: `${KEY} me\r\n` },
    { title: "an RSA key of 2048 bits", key: realRsa(2048) },
    { title: "an RSA key of 2049 bits", key: rsa(2049) },
    { title: "an RSA key of 16384 bits", key: rsa(16_384) },
  ])("$title", ({ key }) => {
    expect(parseSshPublicKey(key)).toMatchObject({ line: key.trim(), type: key.split(" ")[0] });
  });

  test("with the fingerprint that ssh-keygen -l prints", () => {
    expect(parseSshPublicKey(KEY).fingerprint).toBe(PRINT);
    expect(fingerprintIn(`command="id" ${KEY}`)).toBe(PRINT);
    expect(fingerprintIn("nothing like a key")).toBe("");
  });
});

test.each([
  { title: "nothing", key: "", message: "does not begin with ssh-rsa or ssh-ed25519" },
  { title: "garbage", key: "A".repeat(100), message: "does not begin with" },
  { title: "options before the key", key: `command="id" ${KEY}`, message: "does not begin with" },
  { title: "a private key", key: "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl", message: "a private key" },
  { title: "a PEM key", key: "-----BEGIN PUBLIC KEY-----\nMCow", message: "in PEM or RFC 4716 form" },
  { title: "an RFC 4716 key", key: "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA", message: "in PEM or RFC 4716 form" },
  { title: "two keys", key: `${KEY}\n${KEY}`, message: "more than one line" },
  { title: "a NUL", key: `${KEY}\0`, message: "a control character at column 81" },
  { title: "a tab between", key: KEY.replace(" ", "\t"), message: "a control character at column 12" },
  { title: "a type alone", key: "ssh-rsa", message: "nothing follows its type" },
  { title: "two spaces", key: KEY.replace(" ", "  "), message: "nothing follows its type" },
  { title: "bad base64", key: `${KEY}!`, message: "is not base64" },
  { title: "base64 with needless bits", key: `${KEY.slice(0, -1)}m==`, message: "is not base64" },
  { title: "an ECDSA key", key: line("ecdsa-sha2-nistp256", "x"), message: "ecdsa-sha2-nistp256 is not accepted" },
  {
    title: "a security key",
    key: line("sk-ssh-ed25519@openssh.com", "x"),
    message: "sk-ssh-ed25519@openssh.com is not accepted",
  },
  { title: "a DSA key", key: line("ssh-dss", "ssh-dss"), message: "ssh-dss is not accepted" },
  { title: "a certificate", key: line("ssh-ed25519-cert-v01@openssh.com", "x"), message: "is not accepted, only" },
  { title: "another type inside", key: line("ssh-rsa", "ssh-ed25519", POINT), message: "holds another type" },
  {
    title: "an ED25519 key of 31 bytes",
    key: line("ssh-ed25519", "ssh-ed25519", POINT.subarray(1)),
    message: "32 bytes",
  },
  { title: "an ED25519 key and more", key: line("ssh-ed25519", "ssh-ed25519", POINT, "more"), message: "32 bytes" },
  {
    title: "half a field",
    key: `ssh-ed25519 ${Buffer.from([0, 0, 0, 11, 1]).toString("base64")}`,
    message: "ends too early",
  },
  {
    title: "half a length",
    key: `ssh-ed25519 ${Buffer.concat([field("ssh-ed25519"), Buffer.alloc(3)]).toString("base64")}`,
    message: "ends too early",
  },
  {
    title: "an RSA key of 2047 bits",
    key: rsa(2047),
    message: "an RSA key of 2047 bits, and at least 2048 are required",
  },
  { title: "an RSA key of 1024 bits", key: realRsa(1024), message: "an RSA key of 1024 bits" },
  { title: "an RSA key without a modulus", key: line("ssh-rsa", "ssh-rsa", EXPONENT), message: "not an RSA key" },
  {
    title: "an even modulus",
    key: line("ssh-rsa", "ssh-rsa", EXPONENT, Buffer.concat([number(2040), Buffer.of(2)])),
    message: "not those of a valid key",
  },
  {
    title: "an exponent of 1",
    key: line("ssh-rsa", "ssh-rsa", Buffer.of(1), number(2048)),
    message: "not those of a valid key",
  },
  {
    title: "an exponent of 0",
    key: line("ssh-rsa", "ssh-rsa", Buffer.of(), number(2048)),
    message: "not those of a valid key",
  },
  {
    title: "a negative exponent",
    key: line("ssh-rsa", "ssh-rsa", Buffer.of(0x81), number(2048)),
    message: "not those of a valid key",
  },
  {
    title: "a modulus with needless zeros",
    key: line("ssh-rsa", "ssh-rsa", EXPONENT, Buffer.concat([Buffer.alloc(2), number(2048)])),
    message: "0 bits",
  },
])("$title is refused: $message", ({ key, message }) => {
  expect(() => parseSshPublicKey(key)).toThrow(
    expect.objectContaining({
      name: "InvalidArgsException",
      message: expect.stringMatching(/^SSH Public key is invalid: /),
    }),
  );
  expect(() => parseSshPublicKey(key)).toThrow(message);
});
