/** One X.509 v3 certificate as its DER says (RFC 5280 §4.1). Reading only: nothing here is believed. */
import { createHash, type KeyObject } from "node:crypto";
import { CERTIFICATE } from "../bounds.ts";
import { sameBytes } from "../bytes.ts";
import { constructed, DerError, DerReader, type Element, primitive, TAG } from "../der/der.ts";
import { integerBytesOf, octetsOf, oidOf, smallIntegerOf, timeOf } from "../der/der-values.ts";
import { Fault } from "../errors.ts";
import { quoted } from "../verdict.ts";
import { type AlgorithmIdentifier, acceptedPublicKey, readAlgorithm, verifySignature } from "./algorithms.ts";
import { type Extensions, readExtensions } from "./extensions.ts";
import type { Validity } from "./validity.ts";

export interface Certificate extends Extensions {
  /** The whole certificate's DER. */
  readonly der: Uint8Array;
  readonly tbs: Uint8Array;
  /** The content of the serialNumber INTEGER. */
  readonly serial: Uint8Array;
  /** DER of the Names: names are compared byte for byte (RFC 5280 §7.1 allows what every CA in use does). */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** The key's bits alone, without tag and length: what OCSP hashes. */
  readonly keyBits: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  /** The key, if it is one that counts; see acceptedPublicKey. Made when first asked for: most certificates are never asked. */
  readonly key: KeyObject | undefined;
}

/** @throws DerError for anything but one v3 certificate in DER */
export function readCertificate(der: Uint8Array): Certificate {
  if (der.length > CERTIFICATE.bytes) throw new DerError(`a certificate of over ${CERTIFICATE.bytes} bytes`);
  const outer = DerReader.inside(der);
  const tbs = outer.next(TAG.sequence);
  const signatureAlgorithm = readAlgorithm(outer);
  const signature = octetsOf(outer.next(TAG.bitString));
  outer.end();

  const fields = new DerReader(tbs.content);
  const version = fields.optional(constructed(0));
  if (version === undefined || smallIntegerOf(explicitContent(version)) !== 2)
    throw new DerError("not an X.509 v3 certificate");
  const serial = integerBytesOf(fields.next(TAG.integer));
  // RFC 5280 §4.1.1.2: the algorithm inside, which is signed, must be the one outside, which is not.
  if (!sameBytes(readAlgorithm(fields).bytes, signatureAlgorithm.bytes)) throw new DerError("two signature algorithms");
  const issuer = nameIn(fields);
  const validity = fields.enter();
  const notBefore = timeOf(validity.any());
  const notAfter = timeOf(validity.any());
  validity.end();
  const subject = nameIn(fields);
  const spki = fields.next(TAG.sequence);
  fields.optional(primitive(1)); // issuerUniqueID, subjectUniqueID: signed, and read by nobody
  fields.optional(primitive(2));
  const extensions = fields.optional(constructed(3));
  fields.end();

  const keyFields = new DerReader(spki.content);
  readAlgorithm(keyFields);
  const keyBits = octetsOf(keyFields.next(TAG.bitString));
  keyFields.end();

  let key: KeyObject | undefined | null = null;
  return {
    ...readExtensions(extensions && explicitContent(extensions, TAG.sequence)),
    der,
    tbs: tbs.bytes,
    serial,
    issuer,
    subject,
    notBefore,
    notAfter,
    spki: spki.bytes,
    keyBits,
    signatureAlgorithm,
    signature,
    get key() {
      if (key === null) key = acceptedPublicKey(spki.bytes);
      return key;
    },
  };
}

/** DER of a Name: compared and hashed as it stands, and read only to be shown. */
function nameIn(fields: DerReader): Uint8Array {
  const { bytes } = fields.next(TAG.sequence);
  if (bytes.length > CERTIFICATE.name) throw new DerError(`a name of over ${CERTIFICATE.name} bytes`);
  return bytes;
}

/** What an EXPLICIT tag holds: one element. */
function explicitContent({ content }: Element, tag: number = TAG.integer): Element {
  const reader = new DerReader(content);
  const element = reader.next(tag);
  reader.end();
  return element;
}

/** Whether a signature holds does not change: two steps of a call ask, and in a crowd of one name many ways lead over it. */
const alreadyHeld = new WeakMap<Certificate, WeakMap<Pick<Certificate, "key">, boolean>>();

/** True when `issuer`'s key signed `certificate` by an algorithm that counts. */
export function isSignedBy(certificate: Certificate, issuer: Pick<Certificate, "key">): boolean {
  const byIssuer = alreadyHeld.get(certificate) ?? new WeakMap<Pick<Certificate, "key">, boolean>();
  const { signatureAlgorithm, tbs, signature } = certificate;
  const holds =
    byIssuer.get(issuer) ??
    (issuer.key !== undefined && verifySignature(issuer.key, signatureAlgorithm, tbs, signature));
  alreadyHeld.set(certificate, byIssuer.set(issuer, holds));
  return holds;
}

export const periodOf = ({ notBefore, notAfter }: Certificate): Validity => ({ from: notBefore, until: notAfter });

/** The fault for a certificate that is not valid at `now`. */
export function validityFault(certificate: Certificate, now: Date): Fault {
  const title = displayName(certificate.subject);
  const facts = {
    certificate: title,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    now: now.toISOString(),
  };
  return now > certificate.notAfter
    ? new Fault("CHAIN_EXPIRED", `${quoted(title)} expired at ${facts.notAfter}, now it is ${facts.now}`, facts)
    : new Fault("CHAIN_NOT_YET_VALID", `${quoted(title)} begins at ${facts.notBefore}, now it is ${facts.now}`, facts);
}

/** Upper-case hex of a digest of the whole certificate: SHA-256 names it to people, SHA-1 names its staple. */
export const certificateDigest = ({ der }: Pick<Certificate, "der">, hash: "sha1" | "sha256"): string =>
  createHash(hash).update(der).digest("hex").toUpperCase();

/** The subject's last commonName, or its other values, for messages only: a name that proves nothing. */
export function displayName(name: Uint8Array): string {
  try {
    const values: { oid: string; text: string }[] = [];
    for (const set of DerReader.inside(name).rest(TAG.set, CERTIFICATE.attributes, "attributes")) {
      for (const { content } of new DerReader(set.content).rest(TAG.sequence, CERTIFICATE.attributes, "attributes")) {
        const attribute = new DerReader(content);
        const oid = oidOf(attribute.next(TAG.oid));
        values.push({ oid, text: Buffer.from(attribute.any().content).toString("latin1") });
      }
    }
    const common = values.filter(({ oid }) => oid === "2.5.4.3" || oid === "2.5.4.11").at(-1);
    return common?.text ?? values.map(({ text }) => text).join(", ");
  } catch {
    return "(no readable name)";
  }
}
