/** Limits of work that no vector reaches: the maximum number, and one more (docs/protocol.md#limits-and-deadlines). */
import { describe, expect, test } from "vitest";
import { CERTIFICATE, DOCUMENT, LIST, STAPLE } from "../../src/verify/bounds.ts";
import { readOcspResponse } from "../../src/verify/ocsp/ocsp-response.ts";
import { parseStaple } from "../../src/verify/ocsp/staple.ts";
import { parseKeyLine } from "../../src/verify/ssh/authorized-key.ts";
import { splitBlocks } from "../../src/verify/ssh/document.ts";
import { acceptedPublicKey } from "../../src/verify/x509/algorithms.ts";
import { readCertificate } from "../../src/verify/x509/certificate.ts";
import { readPem } from "../../src/verify/x509/pem.ts";
import { certificate, EXTENSION, extension, name, response, rsaSpki } from "../support/costly/certificates.ts";
import { ABOUT, KEYS, NAMES, OFFERED } from "../support/costly/world.ts";
import { join } from "../support/openssl-der.ts";

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const read =
  (extensions: readonly Buffer[], subject = NAMES.ca) =>
  () =>
    readCertificate(certificate({ subject, issuer: NAMES.ca, spki: KEYS.ca.spki, extensions }));
const answer = (count: { responders?: number; answers?: number; extensions?: number }) => () =>
  readOcspResponse(
    response({
      ...{ about: times(count.answers ?? 1, () => ABOUT.ca), responder: NAMES.ca, by: undefined },
      certificates: times(count.responders ?? 0, () => Buffer.of(0x30, 0)),
      extensions: times(count.extensions ?? 0, (i) => extension(`1.2.3.${i}`, Buffer.of(5, 0))),
    }),
  );
const long = (bytes: number) => extension(`1.2.${times(bytes - 1, () => 1).join(".")}`, Buffer.of(5, 0));
const lines = (count: number) => () => ({ name: "", body: Buffer.from("\n".repeat(count - 1)) });
const blocks = (text: string) => () => splitBlocks(Buffer.from(text)).map((block) => block.read());
/** Returns a Name of this many bytes, with one attribute. */
const named = (bytes: number) => name("n".repeat(bytes - 21));

test("a Name made here has the requested length", () => {
  expect(named(CERTIFICATE.name).length).toBe(CERTIFICATE.name);
});

describe("a value is read at its bound and not above it", () => {
  test.each<{ what: string; most: number; make: (count: number) => () => unknown; message: string }>([
    {
      what: "extensions",
      most: CERTIFICATE.extensions,
      make: (n) => read(times(n, (i) => extension(`1.2.3.${i}`, Buffer.of(5, 0)))),
      message: "more than 32 extensions",
    },
    { what: "bytes of an OID", most: CERTIFICATE.oid, make: (n) => read([long(n)]), message: "of 33 bytes" },
    {
      what: "subtrees",
      most: CERTIFICATE.subtrees,
      make: (n) => read([EXTENSION.excluded(...times(n, (i) => `${i}.example`))]),
      message: "more than 32 subtrees",
    },
    {
      what: "bytes of a Name",
      most: CERTIFICATE.name,
      make: (n) => read([], named(n)),
      message: "a name of over 2048 bytes",
    },
    {
      what: "certificates in a staple",
      most: STAPLE.responders,
      make: (n) => answer({ responders: n }),
      message: "more than 4 certificates",
    },
    {
      what: "answers in a staple",
      most: STAPLE.answers,
      make: (n) => answer({ answers: n }),
      message: "more than 4 answers",
    },
    {
      what: "extensions of a staple",
      most: STAPLE.extensions,
      make: (n) => answer({ extensions: n }),
      message: "more than 8 extensions",
    },
    {
      what: "lines of a list",
      most: LIST.lines,
      make: (n) => () => readPem("\n".repeat(n - 1), LIST.lines),
      message: "over 6144",
    },
    {
      what: "lines of a document",
      most: DOCUMENT.lines,
      make: (n) => blocks("\n".repeat(n - 1)),
      message: "over 32768 lines",
    },
    {
      what: "blocks of a document",
      most: DOCUMENT.blocks,
      make: (n) => blocks("a\n\n".repeat(n)),
      message: "over 2304 blocks",
    },
  ])("$what", ({ most, make, message }) => {
    expect(make(most)).not.toThrow();
    expect(make(most + 1)).toThrow(message);
  });

  test("bytes of a certificate", () => {
    const padded = (bytes: number) => join(0x30, Buffer.alloc(bytes - 4));
    expect(() => readCertificate(padded(CERTIFICATE.bytes))).not.toThrow("16384");
    expect(() => readCertificate(padded(CERTIFICATE.bytes + 1))).toThrow("over 16384 bytes");
  });

  test("lines of a staple", () => {
    expect(parseStaple(lines(STAPLE.lines)()).content).toMatchObject({ message: "not base64" });
    expect(parseStaple(lines(STAPLE.lines + 1)()).content).toMatchObject({ message: "over 2048 lines" });
  });

  test("lines of a signature", () => {
    const whats = [32, 33].map((count) => blocks(`${OFFERED}\n${"AAAA\n".repeat(count)}`)()[0]);
    expect(whats).toMatchObject([{ kind: "block" }, { kind: "broken", what: "a signature of over 32 lines", at: 34 }]);
  });

  test("strings inside a key, and words before its type", () => {
    const hollow = (parts: number) => {
      const blob = Buffer.concat([Buffer.from("\0\0\0\x0bssh-ed25519"), Buffer.alloc(4 * parts)]);
      return parseKeyLine(`ssh-ed25519 ${blob.toString("base64")}`);
    };
    expect([hollow(1), hollow(7), hollow(1000)]).toMatchObject(
      times(3, () => ({ refusal: { reason: "key-malformed" } })),
    );
    expect(parseKeyLine(`${"a ".repeat(63)}${OFFERED}`)).toMatchObject({ refusal: { reason: "key-options" } });
    expect(parseKeyLine(`${"a ".repeat(64)}${OFFERED}`)).toMatchObject({ refusal: { reason: "key-type" } });
  });

  test("bits of an RSA exponent", () => {
    const key = (exponent: string) => acceptedPublicKey(rsaSpki(256, Buffer.from(exponent, "hex")));
    expect(["010001", "ffffffff"].map((hex) => key(hex) === undefined)).toEqual([false, false]);
    expect(["0100000001", "ff00000001", `${"ff".repeat(200)}`].map(key)).toEqual(times(3, () => undefined));
  });
});

test.each(["ssh-rsa-cert-v01@openssh.com", "ssh-ed25519-cert-v01@openssh.com", "ssh-rsa2", "ssh-ed2551"])(
  "a key of the type %s is not passed on, even if it begins with a known type or is the beginning of one",
  (type) => {
    const string = (bytes: Buffer) => Buffer.concat([Buffer.of(0, 0, 0, bytes.length), bytes]);
    const parts = type.includes("rsa") ? [Buffer.of(1, 0, 1), Buffer.alloc(64, 1)] : [Buffer.alloc(32, 1)];
    const blob = Buffer.concat([Buffer.from(type), ...parts].map(string)).toString("base64");
    expect(parseKeyLine(`${type} ${blob}`)).toEqual({ kind: "refused", refusal: { reason: "key-type", found: type } });
  },
);
