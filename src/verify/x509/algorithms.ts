/**
 * The accepted keys and signature algorithms for certificates and OCSP responses. One row per algorithm. Everything that is
 * not in the table is refused, and served data cannot choose anything outside it.
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

/** RFC 4055 §5, RFC 5758 §3.2. No SHA-1, no MD5, no RSASSA-PSS (not used in this chain). */
const SIGNATURE_ALGORITHMS = new Map<string, SignatureAlgorithm>([
  ["1.2.840.113549.1.1.11", { hash: "sha256", key: "rsa" }],
  ["1.2.840.113549.1.1.12", { hash: "sha384", key: "rsa" }],
  ["1.2.840.113549.1.1.13", { hash: "sha512", key: "rsa" }],
  ["1.2.840.10045.4.3.2", { hash: "sha256", key: "ec" }],
  ["1.2.840.10045.4.3.3", { hash: "sha384", key: "ec" }],
  ["1.2.840.10045.4.3.4", { hash: "sha512", key: "ec" }],
]);

/** Hashes of an OCSP CertID (RFC 6960 §4.1.1). SHA-1 is allowed only here: it finds a certificate and proves nothing. */
const CERT_ID_HASHES = new Map([
  ["1.3.14.3.2.26", "sha1"],
  ["2.16.840.1.101.3.4.2.1", "sha256"],
  ["2.16.840.1.101.3.4.2.2", "sha384"],
  ["2.16.840.1.101.3.4.2.3", "sha512"],
]);

export interface AlgorithmIdentifier {
  readonly oid: string;
  /** The DER of the parameters; undefined if they are absent. */
  readonly parameters: Uint8Array | undefined;
  readonly bytes: Uint8Array;
}

/** Reads an AlgorithmIdentifier (RFC 5280 §4.1.1.2). */
export function readAlgorithm(reader: DerReader): AlgorithmIdentifier {
  const { bytes, content } = reader.next(TAG.sequence);
  const fields = new DerReader(content);
  const oid = oidOf(fields.next(TAG.oid));
  const parameters = fields.done ? undefined : fields.any().bytes;
  fields.end();
  return { oid, parameters, bytes };
}

const NULL = Uint8Array.of(0x05, 0x00);

/** Returns the row of a signature algorithm; undefined if it is weak, unknown, or has parameters that are not allowed. */
function signatureAlgorithm({ oid, parameters }: AlgorithmIdentifier): SignatureAlgorithm | undefined {
  const row = SIGNATURE_ALGORITHMS.get(oid);
  if (row === undefined || parameters === undefined) return row;
  // RFC 4055 §5: NULL for RSA, though readers accept its absence. RFC 5758 §3.2: absent for ECDSA.
  return row.key === "rsa" && sameBytes(parameters, NULL) ? row : undefined;
}

export const isAcceptedSignatureAlgorithm = (algorithm: AlgorithmIdentifier): boolean =>
  signatureAlgorithm(algorithm) !== undefined;

/** Each single response of each staple is compared with each certificate of the path; each digest is computed once. */
const digests = new WeakMap<Uint8Array, Map<string, Uint8Array>>();

/** Returns the digest of `bytes` by the hash of a CertID; undefined if the hash is not in the table. */
export function certIdDigest(oid: string, bytes: Uint8Array): Uint8Array | undefined {
  const hash = CERT_ID_HASHES.get(oid);
  if (hash === undefined) return undefined;
  const made = digests.get(bytes) ?? new Map<string, Uint8Array>();
  const digest = made.get(hash) ?? createHash(hash).update(bytes).digest();
  digests.set(bytes, made.set(hash, digest));
  return digest;
}

/**
 * Reads a SubjectPublicKeyInfo; undefined if the key is not accepted. Accepted are RSA of 2048 to 8192 bits with an odd
 * exponent above 2^16 - 1 and below 2^32, and EC on P-256, P-384 or P-521.
 */
export function acceptedPublicKey(spki: Uint8Array): KeyObject | undefined {
  if (!isShort(spki)) return undefined;
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch {
    return undefined; // OpenSSL does not support the key's type, or its curve
  }
  const { modulusLength = 0, publicExponent = 0n, namedCurve = "" } = key.asymmetricKeyDetails ?? {};
  const { least, most } = CERTIFICATE.modulusBits;
  const isAccepted =
    key.asymmetricKeyType === "rsa"
      ? modulusLength >= least && modulusLength <= most && isExponent(publicExponent)
      : key.asymmetricKeyType === "ec" && ["prime256v1", "secp384r1", "secp521r1"].includes(namedCurve);
  return isAccepted ? key : undefined;
}

const isExponent = (exponent: bigint): boolean =>
  exponent > 0xffffn && exponent < 1n << BigInt(CERTIFICATE.exponentBits) && exponent % 2n === 1n;

const RSA = "1.2.840.113549.1.1.1";

/**
 * Checks, before OpenSSL reads the key, that its length does not make it costly: checking one signature takes as many
 * squarings as the exponent has bits, and the cost of each grows with the square of the modulus length. False if the DER
 * cannot be read; keys of other types than RSA are left to OpenSSL.
 */
function isShort(spki: Uint8Array): boolean {
  if (spki.length > MAX_SPKI) return false;
  try {
    const fields = DerReader.inside(spki);
    if (readAlgorithm(fields).oid !== RSA) return true;
    const numbers = DerReader.inside(octetsOf(fields.next(TAG.bitString)));
    numbers.next(TAG.integer);
    // One more byte, of zeros, if the highest bit is set.
    return numbers.next(TAG.integer).content.length <= CERTIFICATE.exponentBits / 8 + 1;
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}

/** Maximum bytes: the longest modulus and the encoding around it. */
const MAX_SPKI = CERTIFICATE.modulusBits.most / 8 + 64;

/** Describes a key for a message: `rsa 1024`, `ed25519`, `not readable`. */
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

/** Checks whether `signature` over `bytes` is valid under `key` by exactly this algorithm. False if not in the table. */
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
