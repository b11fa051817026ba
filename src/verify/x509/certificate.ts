/** Parses one X.509 v3 certificate in DER (RFC 5280 §4.1). Parsing only: nothing is trusted here. */
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
  /** DER of the Names. They are compared byte for byte (allowed by RFC 5280 §7.1, and correct for every CA in use). */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** The bits of the key without tag and length, which OCSP hashes. */
  readonly keyBits: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  /** The key if it is accepted; see acceptedPublicKey. Created at first access: most certificates' keys are not needed. */
  readonly key: KeyObject | undefined;
}

/** @throws DerError for anything except one v3 certificate in DER */
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
  // RFC 5280 §4.1.1.2: the algorithm inside, which is signed, must equal the algorithm outside, which is not.
  if (!sameBytes(readAlgorithm(fields).bytes, signatureAlgorithm.bytes)) throw new DerError("two signature algorithms");
  const issuer = nameIn(fields);
  const validity = fields.enter();
  const notBefore = timeOf(validity.any());
  const notAfter = timeOf(validity.any());
  validity.end();
  const subject = nameIn(fields);
  const spki = fields.next(TAG.sequence);
  fields.optional(primitive(1)); // issuerUniqueID, subjectUniqueID: signed, but not used
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

/** Certificates of unverified origin: those that can be parsed, and the errors of the others. */
export interface ParsedCertificates {
  readonly readable: readonly Certificate[];
  readonly errors: readonly string[];
}

/** Parses each certificate. One that cannot be parsed proves nothing, but the others still may. */
export function tryParseCertificates(ders: readonly Uint8Array[]): ParsedCertificates {
  const readable: Certificate[] = [];
  const errors: string[] = [];
  for (const der of ders) {
    try {
      readable.push(readCertificate(der));
    } catch (error) {
      if (!(error instanceof DerError)) throw error;
      errors.push(error.message);
    }
  }
  return { readable, errors };
}

/** Reads the DER of a Name. It is compared and hashed unchanged, and parsed only for display. */
function nameIn(fields: DerReader): Uint8Array {
  const { bytes } = fields.next(TAG.sequence);
  if (bytes.length > CERTIFICATE.name) throw new DerError(`a name of over ${CERTIFICATE.name} bytes`);
  return bytes;
}

/** Returns the one element inside an EXPLICIT tag. */
function explicitContent({ content }: Element, tag: number = TAG.integer): Element {
  const reader = new DerReader(content);
  const element = reader.next(tag);
  reader.end();
  return element;
}

/** A signature is checked once: two steps of a call need it, and among certificates of one name many paths repeat it. */
const alreadyHeld = new WeakMap<Certificate, WeakMap<Pick<Certificate, "key">, boolean>>();

/** Checks whether the key of `issuer` signed `certificate` with an accepted algorithm. */
export function isSignedBy(certificate: Certificate, issuer: Pick<Certificate, "key">): boolean {
  const byIssuer = alreadyHeld.get(certificate) ?? new WeakMap<Pick<Certificate, "key">, boolean>();
  const { signatureAlgorithm, tbs, signature } = certificate;
  const isSigned =
    byIssuer.get(issuer) ??
    (issuer.key !== undefined && verifySignature(issuer.key, signatureAlgorithm, tbs, signature));
  alreadyHeld.set(certificate, byIssuer.set(issuer, isSigned));
  return isSigned;
}

export const validityOf = ({ notBefore, notAfter }: Certificate): Validity => ({ from: notBefore, until: notAfter });

/** Returns the Fault for a certificate that is not valid at `now`. */
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

/** Returns the digest of the certificate in upper-case hex: SHA-256 identifies it in reports, SHA-1 names its staple. */
export const certificateDigest = ({ der }: Pick<Certificate, "der">, hash: "sha1" | "sha256"): string =>
  createHash(hash).update(der).digest("hex").toUpperCase();

/** Returns the last common name or organizational unit, or else all values. For messages only: the name proves nothing. */
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
