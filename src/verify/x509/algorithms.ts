/**
 * Which keys and signature algorithms count, on certificates and OCSP responses. One row per algorithm: everything
 * that is not in the table is refused, and nothing that is served can choose outside of it.
 */
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { CERTIFICATE } from "../bounds.ts";
import { sameBytes } from "../bytes.ts";
import { DerError, DerReader, TAG } from "../der/der.ts";
import { octetsOf, oidOf } from "../der/der-values.ts";

interface SignatureAlgorithm {
  readonly hash: "sha256" | "sha384" | "sha512";
  readonly key: "rsa" | "ec";
}

/** RFC 4055 §5, RFC 5758 §3.2. No SHA-1, no MD5, no RSASSA-PSS (nobody in this chain uses it). */
const SIGNATURE_ALGORITHMS = new Map<string, SignatureAlgorithm>([
  ["1.2.840.113549.1.1.11", { hash: "sha256", key: "rsa" }],
  ["1.2.840.113549.1.1.12", { hash: "sha384", key: "rsa" }],
  ["1.2.840.113549.1.1.13", { hash: "sha512", key: "rsa" }],
  ["1.2.840.10045.4.3.2", { hash: "sha256", key: "ec" }],
  ["1.2.840.10045.4.3.3", { hash: "sha384", key: "ec" }],
  ["1.2.840.10045.4.3.4", { hash: "sha512", key: "ec" }],
]);

/** Hashes of an OCSP CertID (RFC 6960 §4.1.1). SHA-1 only here: it finds a certificate, it proves nothing. */
const CERT_ID_HASHES = new Map([
  ["1.3.14.3.2.26", "sha1"],
  ["2.16.840.1.101.3.4.2.1", "sha256"],
  ["2.16.840.1.101.3.4.2.2", "sha384"],
  ["2.16.840.1.101.3.4.2.3", "sha512"],
]);

export interface AlgorithmIdentifier {
  readonly oid: string;
  /** The DER of the parameters; undefined where there are none. */
  readonly parameters: Uint8Array | undefined;
  readonly bytes: Uint8Array;
}

/** AlgorithmIdentifier (RFC 5280 §4.1.1.2). */
export function readAlgorithm(reader: DerReader): AlgorithmIdentifier {
  const { bytes, content } = reader.next(TAG.sequence);
  const fields = new DerReader(content);
  const oid = oidOf(fields.next(TAG.oid));
  const parameters = fields.done ? undefined : fields.any().bytes;
  fields.end();
  return { oid, parameters, bytes };
}

const NULL = Uint8Array.of(0x05, 0x00);

/** The row for a signature algorithm; undefined if it is weak, unknown, or has parameters that it may not have. */
function signatureAlgorithm({ oid, parameters }: AlgorithmIdentifier): SignatureAlgorithm | undefined {
  const row = SIGNATURE_ALGORITHMS.get(oid);
  if (row === undefined || parameters === undefined) return row;
  // RFC 4055 §5: NULL for RSA, though readers accept its absence; RFC 5758 §3.2: absent for ECDSA.
  return row.key === "rsa" && sameBytes(parameters, NULL) ? row : undefined;
}

export const isAcceptedSignatureAlgorithm = (algorithm: AlgorithmIdentifier): boolean =>
  signatureAlgorithm(algorithm) !== undefined;

/** Each answer of each staple is held against each certificate of the path: the digest of one is made once. */
const digests = new WeakMap<Uint8Array, Map<string, Uint8Array>>();

/** The digest of `bytes` by the hash of a CertID; undefined for a hash that is not in the table. */
export function certIdDigest(oid: string, bytes: Uint8Array): Uint8Array | undefined {
  const hash = CERT_ID_HASHES.get(oid);
  if (hash === undefined) return undefined;
  const made = digests.get(bytes) ?? new Map<string, Uint8Array>();
  const digest = made.get(hash) ?? createHash(hash).update(bytes).digest();
  digests.set(bytes, made.set(hash, digest));
  return digest;
}

/**
 * Reads a SubjectPublicKeyInfo; undefined where the key is none of those that count: RSA of 2048 to 8192 bits with an odd
 * exponent above 2^16 - 1 and below 2^32, EC on P-256, P-384 or P-521.
 */
export function acceptedPublicKey(spki: Uint8Array): KeyObject | undefined {
  if (!isShort(spki)) return undefined;
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch {
    return undefined; // OpenSSL does not know the key's type, or its curve
  }
  const { modulusLength = 0, publicExponent = 0n, namedCurve = "" } = key.asymmetricKeyDetails ?? {};
  const { least, most } = CERTIFICATE.modulusBits;
  const holds =
    key.asymmetricKeyType === "rsa"
      ? modulusLength >= least && modulusLength <= most && isExponent(publicExponent)
      : key.asymmetricKeyType === "ec" && ["prime256v1", "secp384r1", "secp521r1"].includes(namedCurve);
  return holds ? key : undefined;
}

const isExponent = (exponent: bigint): boolean =>
  exponent > 0xffffn && exponent < 1n << BigInt(CERTIFICATE.exponentBits) && exponent % 2n === 1n;

const RSA = "1.2.840.113549.1.1.1";

/**
 * Of no length that makes a key costly, which is held against it before OpenSSL sees it: to check one signature takes as
 * many squarings as the exponent has bits, and each takes the square of the modulus. What cannot be read is OpenSSL's to
 * refuse.
 */
function isShort(spki: Uint8Array): boolean {
  if (spki.length > MOST_SPKI) return false;
  try {
    const fields = DerReader.inside(spki);
    if (readAlgorithm(fields).oid !== RSA) return true;
    const numbers = DerReader.inside(octetsOf(fields.next(TAG.bitString)));
    numbers.next(TAG.integer);
    // One byte more, of zeros, where the highest bit is set.
    return numbers.next(TAG.integer).content.length <= CERTIFICATE.exponentBits / 8 + 1;
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}

/** Bytes: the longest modulus, and what stands around it. */
const MOST_SPKI = CERTIFICATE.modulusBits.most / 8 + 64;

/** What `key` is, for a message: `rsa 1024`, `ed25519`, `not readable`. */
export function describeKey(spki: Uint8Array): string {
  if (!isShort(spki)) return "not readable";
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
    return [key.asymmetricKeyType, modulusLength ?? namedCurve].filter((part) => part !== undefined).join(" ");
  } catch {
    return "not readable";
  }
}

/** True when `signature` over `bytes` holds under `key` by exactly this algorithm. False for whatever is not in the table. */
export function verifySignature(
  key: KeyObject,
  algorithm: AlgorithmIdentifier,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  const row = signatureAlgorithm(algorithm);
  if (row === undefined || key.asymmetricKeyType !== row.key) return false;
  return verify(row.hash, bytes, key, signature);
}
