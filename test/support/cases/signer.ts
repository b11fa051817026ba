/** Cases about the signer itself: the text of its list, its name, its key, and its key usage. */
import type { KeyKind } from "../openssl.ts";
import { join, nth, split, whole } from "../openssl-der.ts";
import { type Block, pss } from "./blocks.ts";
import { accepted, type Case, type Expected, fault } from "./case.ts";
import { pemOf, pemOfDer } from "./case-builder.ts";
import { type CertificateChanges, SIGNER_NAME } from "./shapes.ts";

const row = (name: string, leaf: CertificateChanges, expects: Expected, blocks: readonly Block[] = [{}]): Case => ({
  name: `signer-${name}`,
  make: (b) => b.scene({ leaf, blocks }),
  expects,
});
const san = (value: string | undefined): CertificateChanges => ({ extensions: { subjectAltName: value } });
/** Returns a subjectAltName of one dNSName with these bytes, which openssl's syntax cannot express. */
const rawSan = (name: string): string => `DER:${join(0x30, join(0x82, Buffer.from(name, "latin1"))).toString("hex")}`;

const NAMES: readonly Case[] = [
  row("name-in-upper-case", san(`DNS:${SIGNER_NAME.toUpperCase()}`), accepted),
  row("name-among-others", san(`DNS:example.com,IP:10.0.0.1,email:a@example.com,DNS:${SIGNER_NAME}`), accepted),
  row("name-wildcard", san("DNS:*.us-east-1.amazonaws.com"), fault("SIGNER_NAME")),
  row("name-wildcard-inside", san("DNS:managed-ssh-signer.*.amazonaws.com"), fault("SIGNER_NAME")),
  row("name-in-the-cn-only", san(undefined), fault("SIGNER_NAME")),
  row("name-in-the-cn-beside-another-san", san("DNS:example.com"), fault("SIGNER_NAME")),
  row("name-as-email", san(`email:x@${SIGNER_NAME}`), fault("SIGNER_NAME")),
  row("name-as-uri", san(`URI:https://${SIGNER_NAME}`), fault("SIGNER_NAME")),
  row("name-of-another-region", san(`DNS:${SIGNER_NAME.replace("east", "west")}`), fault("SIGNER_NAME")),
  row("name-with-a-prefix", san(`DNS:x.${SIGNER_NAME}`), fault("SIGNER_NAME")),
  row("name-with-a-suffix", san(`DNS:${SIGNER_NAME}.example.com`), fault("SIGNER_NAME")),
  row("name-with-a-final-dot", san(rawSan(`${SIGNER_NAME}.`)), fault("SIGNER_NAME")),
  row("name-with-a-nul", san(rawSan(`${SIGNER_NAME}\0.example.com`)), fault("SIGNER_NAME")),
  row("name-with-a-final-nul", san(rawSan(`${SIGNER_NAME}\0`)), fault("SIGNER_NAME")),
  // U+017F, the long s, becomes "s" if a reader folds the case of more than ASCII.
  row(
    "name-with-a-long-s",
    san(rawSan(Buffer.from(SIGNER_NAME.replace("ssh", "\u017fsh")).toString("latin1"))),
    fault("SIGNER_NAME"),
  ),
];

const ecdsa: Block = { sign: (b, text, key) => b.shop.run(["dgst", "-sha256", "-sign", key], text) };
const eddsa: Block = {
  sign: (b, text, key) =>
    b.shop.run(["pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", b.shop.file("to-sign", text)]),
};
const keyed = (kind: KeyKind, expects: Expected, block: Block = { sign: pss() }): Case =>
  row(`key-${kind}`, { key: { kind } }, expects, [block]);

/** Each key signs the document with a scheme that it supports, and belongs to the leaf of a valid chain. */
const KEYS: readonly Case[] = [
  keyed("ec", fault("SIGNER_KEY"), ecdsa),
  keyed("ec-384", fault("SIGNER_KEY"), ecdsa),
  keyed("ed25519", fault("SIGNER_KEY"), eddsa),
  keyed("rsa-pss", fault("SIGNER_KEY")),
  keyed("rsa-1024", fault("SIGNER_KEY")),
  keyed("rsa-exponent-3", fault("SIGNER_KEY")),
  keyed("rsa-2050", accepted),
  keyed("rsa-3072", accepted),
];

const EXTENSION = "critical,ASN1:UTF8String:unknown";
const usage = (name: string, extensions: CertificateChanges["extensions"] & object, expects: Expected): Case =>
  row(`usage-${name}`, { extensions }, expects);

const USAGES: readonly Case[] = [
  usage("without-extended-key-usage", { extendedKeyUsage: undefined }, accepted),
  usage("any-extended-key-usage", { extendedKeyUsage: "anyExtendedKeyUsage" }, accepted),
  usage("without-basic-constraints", { basicConstraints: undefined }, accepted),
  usage("unknown-extension-not-critical", { "1.3.6.1.4.1.99999.1": "ASN1:UTF8String:unknown" }, accepted),
  usage("ca", { basicConstraints: "critical,CA:TRUE" }, fault("SIGNER_USAGE")),
  usage("without-digital-signature", { keyUsage: "critical,keyEncipherment" }, fault("SIGNER_USAGE")),
  usage("without-key-usage", { keyUsage: undefined }, fault("SIGNER_USAGE")),
  usage("code-signing-only", { extendedKeyUsage: "codeSigning" }, fault("SIGNER_USAGE")),
  usage("ocsp-signing-only", { extendedKeyUsage: "critical,OCSPSigning" }, fault("SIGNER_USAGE")),
  usage("unknown-critical-extension", { "1.3.6.1.4.1.99999.1": EXTENSION }, fault("CHAIN_EXTENSION")),
];

/** Returns the certificate with a changed TBSCertificate and the old signature: openssl issues neither v1 nor BER. */
function rebuilt(der: Buffer, change: (tbs: readonly Buffer[]) => readonly Buffer[]): Buffer {
  const [tbs, ...rest] = split(nth(der, 0).content);
  if (tbs === undefined) throw new Error("no certificate");
  return join(0x30, join(0x30, ...change(split(tbs.content).map(whole))), ...rest.map(whole));
}
/** Makes a certificate version 1: it has neither the version field nor extensions. */
const version1 = (der: Buffer): Buffer => rebuilt(der, (tbs) => tbs.slice(1, -1));

const malformed = (name: string, change: (pem: string, der: Buffer) => string): Case => ({
  name: `signer-malformed-${name}`,
  make: (b) => b.scene({ list: ({ leaf }) => change(leaf.pem, leaf.der) }),
  expects: fault("SIGNER_MALFORMED"),
});

const TEXTS: readonly Case[] = [
  malformed("empty", () => ""),
  malformed("html", () => "<html></html>\n"),
  malformed("without-end", (pem) => pem.replace(/-----END.*/, "")),
  malformed("without-begin", (pem) => pem.replace(/-----BEGIN.*/, "")),
  malformed("begin-in-begin", (pem) => pem.replace("\n", "\n-----BEGIN CERTIFICATE-----\n")),
  malformed("not-base64", (pem) => pem.replace("MII", "M!I")),
  malformed("another-label", (pem) => pem.replaceAll("CERTIFICATE", "TRUSTED CERTIFICATE")),
  malformed("no-content", () => "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
  malformed("version-1", (_, der) => pemOfDer(version1(der))),
  malformed("cut-short", (_, der) => pemOfDer(der.subarray(0, -1))),
  malformed("byte-after-the-end", (_, der) => pemOfDer(Buffer.concat([der, Buffer.alloc(1)]))),
  malformed("extension-twice", (_, der) =>
    pemOfDer(
      rebuilt(der, (tbs) => {
        const list = split(nth(tbs.at(-1) ?? Buffer.alloc(0), 0).content)[0]?.content ?? Buffer.alloc(0);
        const [first] = split(list);
        if (first === undefined) throw new Error("no extension");
        return [...tbs.slice(0, -1), join(0xa3, join(0x30, list, whole(first)))];
      }),
    ),
  ),
  malformed("33-certificates", (pem) => pem.repeat(33)),
  malformed("random", (_, der) => pemOfDer(Buffer.from(der.toReversed()))),
];

const READABLE: readonly Case[] = [
  {
    name: "signer-list-with-comments-and-carriage-returns",
    make: (b) =>
      b.scene({ list: (c) => `# signer\n${pemOf([c.leaf, c.intermediate])}\nbye\n`.replaceAll("\n", "\r\n") }),
    expects: accepted,
  },
  {
    name: "signer-list-with-an-unreadable-certificate",
    make: (b) => b.scene({ list: (c) => `${pemOfDer(version1(c.root.der))}${pemOf([c.leaf, c.intermediate])}` }),
    expects: accepted,
  },
];

export const SIGNER: readonly Case[] = [...NAMES, ...KEYS, ...USAGES, ...TEXTS, ...READABLE];
