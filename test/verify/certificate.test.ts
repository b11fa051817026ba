/** Our certificate reader, compared with Node's and openssl's, on widely used roots and on certificates made here. */
import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DerError } from "../../src/verify/der/der.ts";
import { isSignedBy, readCertificate } from "../../src/verify/x509/certificate.ts";
import { CaseBuilder } from "../support/cases/case-builder.ts";
import { CROSS } from "../support/cases/shapes.ts";
import { OpensslDir } from "../support/openssl.ts";

/** X.509 version, as openssl prints it. */
const version = (text: string): number => Number(/Version: (\d)/.exec(text)?.[1]);
const textOf = (pem: string): string =>
  execFileSync("openssl", ["x509", "-noout", "-text", "-nameopt", "RFC2253"], { input: pem, encoding: "latin1" });

/** Bits of keyUsage in their order, by the names that openssl prints. */
const KEY_USAGE = [
  "Digital Signature",
  "Non Repudiation",
  "Key Encipherment",
  "Data Encipherment",
  "Key Agreement",
  "Certificate Sign",
  "CRL Sign",
  "Encipher Only",
  "Decipher Only",
];
const EKU: Readonly<Record<string, string>> = {
  "1.3.6.1.5.5.7.3.1": "TLS Web Server Authentication",
  "1.3.6.1.5.5.7.3.2": "TLS Web Client Authentication",
  "1.3.6.1.5.5.7.3.9": "OCSP Signing",
};

/** Returns the line after an extension's heading in openssl's text; undefined if there is no such extension. */
const extension = (text: string, name: string): string | undefined =>
  new RegExp(`X509v3 ${name}: ?(?:critical)?\\s*\\n\\s*(.*)`).exec(text)?.[1]?.trimEnd();

/** Returns all values that both sides can report, in the words of openssl and Node. */
function told(pem: string, text = textOf(pem)) {
  const node = new X509Certificate(pem);
  const constraints = extension(text, "Basic Constraints");
  const length = /pathlen:(\d+)/.exec(constraints ?? "")?.[1];
  return {
    serial: node.serialNumber.padStart(2, "0"),
    from: new Date(node.validFrom).toISOString(),
    to: new Date(node.validTo).toISOString(),
    ca: constraints === undefined ? undefined : constraints.startsWith("CA:TRUE"),
    pathLength: length === undefined ? undefined : Number(length),
    keyUsage: extension(text, "Key Usage"),
    extendedKeyUsage: extension(text, "Extended Key Usage"),
    dnsNames: extension(text, "Subject Alternative Name")
      ?.split(", ")
      .filter((name) => name.startsWith("DNS:"))
      .map((name) => name.slice(4)),
    key: createHash("sha256")
      .update(node.publicKey.export({ format: "der", type: "spki" }))
      .digest("hex"),
    selfIssued: node.subject === node.issuer,
    selfSigned: node.verify(node.publicKey),
  };
}

/** Returns the same values from our reader. */
function read(pem: string): ReturnType<typeof told> {
  const certificate = readCertificate(new X509Certificate(pem).raw);
  const { serial, notBefore, notAfter, basicConstraints, keyUsage, extendedKeyUsage, dnsNames, spki } = certificate;
  const hex = Buffer.from(serial).toString("hex").toUpperCase();
  return {
    serial: hex.replace(/^00(?=..)/, ""),
    from: notBefore.toISOString(),
    to: notAfter.toISOString(),
    ca: basicConstraints?.ca,
    pathLength: basicConstraints?.pathLength,
    keyUsage: keyUsage && [...keyUsage].map((bit) => KEY_USAGE[bit]).join(", "),
    extendedKeyUsage: extendedKeyUsage && [...extendedKeyUsage].map((oid) => EKU[oid] ?? oid).join(", "),
    dnsNames: dnsNames && [...dnsNames],
    key: createHash("sha256").update(spki).digest("hex"),
    selfIssued: Buffer.compare(certificate.subject, certificate.issuer) === 0,
    selfSigned: isSignedBy(certificate, certificate),
  };
}

const ROOTS = rootCertificates.map((pem) => ({ name: new X509Certificate(pem).subject.replaceAll("\n", ", "), pem }));

describe("each root in Node's own store", () => {
  test("there are more than a hundred", () => expect(ROOTS.length).toBeGreaterThan(100));

  test.each(ROOTS)("$name", ({ pem }) => {
    const text = textOf(pem);
    if (version(text) !== 3) {
      expect(() => read(pem)).toThrow(DerError);
      return;
    }
    const expected = told(pem, text);
    // We accept no signature with SHA-1 or by a key with an exponent below 65537. Nothing depends on a root's own signature.
    const { publicExponent = 65537n } = new X509Certificate(pem).publicKey.asymmetricKeyDetails ?? {};
    const counts = !/Signature Algorithm: sha1/.test(text) && publicExponent >= 65537n;
    expect(read(pem)).toEqual({ ...expected, selfSigned: counts && expected.selfSigned });
  });
});

describe("each certificate of the bench", () => {
  const shop = new OpensslDir();
  afterAll(() => shop.close());
  const bench = new CaseBuilder(shop, new Date());
  const made: Record<string, string> = {};

  beforeAll(async () => {
    const { root, intermediate, leaf } = await bench.chain();
    const long = { extensions: { subjectAltName: "DNS:a.example,IP:10.0.0.1,DNS:b.example,email:x@example.com" } };
    const list = {
      root,
      intermediate,
      leaf,
      responder: await bench.responder(intermediate),
      "one with names of several kinds": await bench.leaf(intermediate, long),
      "one after 2049": await bench.leaf(intermediate, { to: new Date("2061-02-03T04:05:06Z") }),
      "one before 1970": await bench.leaf(intermediate, { from: new Date("1951-01-01T00:00:00Z") }),
      "one with a serial of one byte": await bench.leaf(intermediate, { serial: "01" }),
      "one with a serial whose first bit is set": await bench.leaf(intermediate, { serial: "80FF" }),
      "one of RSA signed by RSA": await bench.certificate(CROSS, { key: { kind: "rsa" }, digest: "sha384" }),
      "one of P-521": await bench.root({ key: { kind: "ec-521" }, digest: "sha512" }),
      "one without extensions that we know": await bench.leaf(intermediate, {
        extensions: {
          basicConstraints: undefined,
          keyUsage: undefined,
          extendedKeyUsage: undefined,
          subjectAltName: undefined,
          "1.3.6.1.4.1.99999.1": "ASN1:UTF8String:unknown",
        },
      }),
    };
    for (const [name, { pem }] of Object.entries(list)) made[name] = pem;
  });

  test("reads as Node and openssl read it", () => {
    expect(Object.keys(made).length).toBe(12);
    for (const [name, pem] of Object.entries(made)) expect(read(pem), name).toEqual(told(pem));
  });

  test("has the issuer that Node finds, and no other", () => {
    const certificates = Object.values(made);
    let signed = 0;
    for (const subject of certificates) {
      for (const issuer of certificates) {
        const node = new X509Certificate(subject).verify(new X509Certificate(issuer).publicKey);
        const ours = isSignedBy(
          readCertificate(new X509Certificate(subject).raw),
          readCertificate(new X509Certificate(issuer).raw),
        );
        expect(ours).toBe(node);
        signed += Number(ours);
      }
    }
    expect(signed).toBeGreaterThan(certificates.length - 1);
  });

  test("is refused when cut at any byte, and when anything follows it", () => {
    const der = new X509Certificate(made.leaf ?? "").raw;
    for (let length = 0; length < der.length; length += 1) {
      expect(() => readCertificate(der.subarray(0, length)), `${length} bytes`).toThrow(DerError);
    }
    expect(() => readCertificate(Buffer.concat([der, Buffer.alloc(1)]))).toThrow(DerError);
  });

  test("is refused if the signed algorithm is not the one next to the signature", () => {
    const der = Buffer.from(new X509Certificate(made.leaf ?? "").raw);
    const ecdsaWithSha256 = Buffer.from("06082a8648ce3d040302", "hex");
    der.writeUInt8(0x03, der.lastIndexOf(ecdsaWithSha256) + ecdsaWithSha256.length - 1);
    expect(() => readCertificate(der)).toThrow("two signature algorithms");
  });
});
