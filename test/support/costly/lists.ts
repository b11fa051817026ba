/** Lists of certificates of 256 KiB. */
import { randomBytes } from "node:crypto";
import { LIMIT } from "../../../src/metadata/fetch.ts";
import { certificate, EXTENSION, ecKey, extension, name, pem, rsaSpki } from "./certificates.ts";
import type { Costly } from "./inputs.ts";
import { CA, evidence, KEYS, LEAF, LEAF_EXTENSIONS, leaf, NAMES } from "./world.ts";

/** Maximum bytes of DER in a list. */
const ROOM = Math.floor(((LIMIT.signer - 4096) * 3) / 4.1);

const list = (name_: string, make: () => string): Costly => ({
  name: `certificates: ${name_}`,
  evidence: () => {
    const certificates = Buffer.from(make());
    if (certificates.length > LIMIT.signer) throw new Error(`${name_}: ${certificates.length} bytes`);
    return evidence({ certificates });
  },
});
/** A list with a signer's certificate that has an additional or replaced extension. */
const one = (name_: string, extensions: () => readonly Buffer[]): Costly =>
  list(name_, () => pem(leaf(extensions())) + pem(CA));
const full = (text: string): string => text.repeat(Math.floor(LIMIT.signer / text.length));
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const [signs, purposes, names] = LEAF_EXTENSIONS as [Buffer, Buffer, Buffer];

/** Thirty-one possible issuers of the signer's certificate: their name matches, but their keys did not sign it. */
const crowd = (spki: () => Buffer, more: readonly Buffer[] = [], signer = LEAF): string =>
  pem(signer) +
  times(31, () =>
    pem(
      certificate({
        ...{ subject: NAMES.ca, issuer: NAMES.root, spki: spki() },
        extensions: [EXTENSION.ca, EXTENSION.certifies, ...more],
      }),
    ),
  ).join("");

/** Thirty-one CA certificates with the same name and key, so each issued every other; all exclude many names. */
function constrained(subtrees: number, dnsNames: number): string {
  const dns = (i: number): string[] => times(dnsNames, (j) => `n${j}.${i}.example`);
  const shape = { subject: NAMES.ca, issuer: NAMES.ca, spki: KEYS.ca.spki, by: KEYS.ca.privateKey };
  const rest = [EXTENSION.ca, EXTENSION.certifies, EXTENSION.excluded(...times(subtrees, (i) => `${i}.invalid`))];
  const ring = times(31, (i) => pem(certificate({ ...shape, extensions: [...rest, EXTENSION.dns(...dns(i))] })));
  return pem(leaf()) + ring.join("");
}

export const CERTIFICATES: readonly Costly[] = [
  one("a key usage of 180 kB", () => [EXTENSION.longUsage(ROOM), purposes, names]),
  one("thirty thousand names", () => [signs, purposes, EXTENSION.dns(...times(30_000, () => "a.b"))]),
  one("thirty thousand purposes", () => [signs, EXTENSION.purposes(...times(30_000, () => "1.2.3")), names]),
  one("a purpose of 180 kB", () => [
    signs,
    EXTENSION.purposes(`1.2.${times(60_000, (i) => i % 200).join(".")}`),
    names,
  ]),
  one("ten thousand extensions", () => [
    ...LEAF_EXTENSIONS,
    ...times(10_000, (i) => extension(`1.2.3.${i}`, Buffer.of(5, 0))),
  ]),
  one("one extension of 180 kB", () => [...LEAF_EXTENSIONS, extension("1.2.3", randomBytes(ROOM))]),
  list("a name of seven thousand attributes", () => {
    const subject = name(...times(7000, () => "a"));
    const spki = KEYS.ca.spki;
    return pem(LEAF) + pem(certificate({ subject, issuer: subject, spki, extensions: [EXTENSION.ca] }));
  }),
  list("issuers with RSA keys of 8192 bits", () =>
    crowd(() => rsaSpki(1024, Buffer.from("ffffffff", "hex")), [], leaf(LEAF_EXTENSIONS, 1024)),
  ),
  list("issuers with long exponents", () =>
    crowd(() => rsaSpki(384, Buffer.concat([randomBytes(383), Buffer.of(0xff)])), [], leaf(LEAF_EXTENSIONS, 384)),
  ),
  list("issuers with keys on P-521", () => {
    const other = ecKey("P-521");
    const issuer = { subject: NAMES.ca, issuer: NAMES.root, by: other.privateKey };
    const signed = { ...{ subject: NAMES.signer, issuer: NAMES.ca, spki: KEYS.signer.spki }, by: other.privateKey };
    const crowd_ = times(31, () =>
      pem(certificate({ ...issuer, spki: ecKey("P-521").spki, extensions: [EXTENSION.ca, EXTENSION.certifies] })),
    );
    return pem(certificate({ ...signed, extensions: LEAF_EXTENSIONS })) + crowd_.join("");
  }),
  list("issuers of 5 kB", () => crowd(() => KEYS.ca.spki, [extension("1.2.3", randomBytes(5000))])),
  list("issuers with thirty extensions", () =>
    crowd(
      () => KEYS.ca.spki,
      times(30, (i) => extension(`1.2.3.${i}`, Buffer.of(5, 0))),
    ),
  ),
  list("a ring whose issuers forbid two hundred names", () => constrained(200, 16)),
  list("a ring whose issuers forbid thirty-two names", () => constrained(32, 16)),
  list("empty lines", () => full("\n")),
  list("lines of one letter", () => full("a\n")),
  list("a certificate in lines of one letter", () => `-----BEGIN CERTIFICATE-----\n${full("a\n").slice(200)}`),
  list("lines that begin as an edge does", () => full("-----BEGIN \n")),
  list("one line that begins as an edge does", () => full("-----BEGIN ")),
  list("thousands of certificates of three bytes", () =>
    full("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
  ),
];
