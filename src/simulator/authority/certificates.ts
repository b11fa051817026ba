/** Makes one certificate from a description. The only file that uses @peculiar/x509. */
import "reflect-metadata"; // must be loaded before the library, which looks up its parts through it
import { createHash, randomBytes, webcrypto } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { SubjectPublicKeyInfo } from "@peculiar/asn1-x509";
import * as x509 from "@peculiar/x509";
import { forCertificates } from "./certificate-key.ts";
import type { HashName, KeyPair } from "./key-pairs.ts";

x509.cryptoProvider.set(webcrypto as Crypto);

/** Names of RFC 5280 §4.2.1.3, written out because the types of the npm package name no library. */
export type KeyUsage =
  | "digitalSignature"
  | "nonRepudiation"
  | "keyEncipherment"
  | "dataEncipherment"
  | "keyAgreement"
  | "keyCertSign"
  | "cRLSign"
  | "encipherOnly"
  | "decipherOnly";

export const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
export const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
export const OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";

/** Content of a certificate. Any part can be made wrong on purpose. */
export interface CertificateShape {
  /** "CN=…, O=…" in the form of RFC 4514. */
  subject: string;
  /** dNSNames of the SAN; an empty list leaves the extension out. */
  dnsNames: readonly string[];
  /** basicConstraints; null leaves the extension out. */
  ca: boolean | null;
  pathLength: number | null;
  /** Empty lists leave the extension out. */
  keyUsages: readonly KeyUsage[];
  /** Object identifiers. */
  extendedKeyUsages: readonly string[];
  notBefore: Date;
  notAfter: Date;
  /** Hash algorithm of the issuer's signature over this certificate. */
  hash: HashName;
  /** More extensions, after the usual ones: `value` is the DER inside the OCTET STRING. */
  extensions: readonly { oid: string; critical: boolean; value: Uint8Array }[];
}

export interface Certificate {
  readonly der: Buffer;
  readonly pem: string;
  /** Upper-case hex, as in a CertID. */
  readonly serial: string;
  readonly subject: string;
}

export interface Issuer {
  readonly key: KeyPair;
  readonly subject: string;
}

export async function issue(shape: CertificateShape, holder: KeyPair, issuer: Issuer): Promise<Certificate> {
  const [signingKey, signingAlgorithm] = await forCertificates(issuer.key, shape.hash);
  const made = await x509.X509CertificateGenerator.create({
    // Positive and 16 bytes long for all random values (RFC 5280 §4.1.2.2).
    serialNumber: `4${randomBytes(16).toString("hex").slice(1)}`,
    subject: shape.subject,
    issuer: issuer.subject,
    notBefore: shape.notBefore,
    notAfter: shape.notAfter,
    publicKey: new Uint8Array(holder.spki),
    signingKey,
    signingAlgorithm,
    extensions: extensionsOf(shape, holder, issuer),
  });
  const der = Buffer.from(made.rawData);
  return { der, pem: `${made.toString("pem")}\n`, serial: made.serialNumber.toUpperCase(), subject: shape.subject };
}

function extensionsOf(shape: CertificateShape, holder: KeyPair, issuer: Issuer): x509.Extension[] {
  const list: x509.Extension[] = [];
  if (shape.ca !== null) list.push(new x509.BasicConstraintsExtension(shape.ca, shape.pathLength ?? undefined, true));
  if (shape.keyUsages.length > 0) {
    const flags = shape.keyUsages.reduce((sum, usage) => sum | x509.KeyUsageFlags[usage], 0);
    list.push(new x509.KeyUsagesExtension(flags, true));
  }
  if (shape.extendedKeyUsages.length > 0) {
    list.push(new x509.ExtendedKeyUsageExtension([...shape.extendedKeyUsages], false));
  }
  if (shape.dnsNames.length > 0) {
    const names = shape.dnsNames.map((value) => ({ type: "dns" as const, value }));
    list.push(new x509.SubjectAlternativeNameExtension(names, false));
  }
  list.push(new x509.SubjectKeyIdentifierExtension(keyIdentifier(holder).toString("hex")));
  list.push(new x509.AuthorityKeyIdentifierExtension(keyIdentifier(issuer.key).toString("hex")));
  for (const { oid, critical, value } of shape.extensions) {
    list.push(new x509.Extension(oid, critical, new Uint8Array(value)));
  }
  return list;
}

const keyIdentifier = (key: KeyPair): Buffer => createHash("sha1").update(publicKeyBits(key)).digest();

/** Returns the contents of the subjectPublicKey BIT STRING: the input of the hashes in key identifiers and CertIDs. */
export const publicKeyBits = (key: KeyPair): Buffer =>
  Buffer.from(AsnConvert.parse(key.spki, SubjectPublicKeyInfo).subjectPublicKey);
