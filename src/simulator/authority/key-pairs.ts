/** Key pairs of the simulated authorities and signers, and their signatures. The only file that generates keys. */
import { constants, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";

/** Kinds of CA and responder keys. The real chain is RSA-2048 throughout. */
export const CA_KEYS = ["rsa-2048", "ec-p256", "ec-p384"] as const;
export type CaKeyKind = (typeof CA_KEYS)[number];

/** Kinds of signer keys. The service has only "rsa-2048"; the others are for attack tests. */
export type SignerKeyKind = "rsa-2048" | "rsa-1024" | "rsa-3072" | "rsa-pss" | "ec-p256" | "ed25519";

export type HashName = "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";

export interface KeyPair {
  readonly kind: CaKeyKind | SignerKeyKind;
  readonly private: KeyObject;
  /** DER SubjectPublicKeyInfo. For "rsa-pss" its algorithm is id-RSASSA-PSS, which rules out any other use. */
  readonly spki: Buffer;
}

/** How a document is signed; by default as the service does. */
export interface DocumentScheme {
  readonly scheme?: "pss" | "pkcs1";
  readonly hash?: HashName;
  /** Bytes. */
  readonly saltLength?: number;
}

const generate = promisify(generateKeyPair);

export async function makeKey(kind: KeyPair["kind"]): Promise<KeyPair> {
  const { publicKey, privateKey } = await generated(kind);
  return { kind, private: privateKey, spki: publicKey.export({ type: "spki", format: "der" }) };
}

/** Reads a private key, as `pemOf` wrote it. */
export function readKey(kind: KeyPair["kind"], pem: string): KeyPair {
  const key = createPrivateKey(pem);
  return { kind, private: key, spki: createPublicKey(key).export({ type: "spki", format: "der" }) };
}

/** Returns the private key in PKCS#8. */
export const pemOf = (key: KeyPair): string => key.private.export({ type: "pkcs8", format: "pem" }) as string;

function generated(kind: KeyPair["kind"]): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  switch (kind) {
    case "rsa-1024":
      return generate("rsa", { modulusLength: 1024 });
    case "rsa-2048":
      return generate("rsa", { modulusLength: 2048 });
    case "rsa-3072":
      return generate("rsa", { modulusLength: 3072 });
    case "rsa-pss":
      return generate("rsa-pss", { modulusLength: 2048 });
    case "ec-p256":
      return generate("ec", { namedCurve: "P-256" });
    case "ec-p384":
      return generate("ec", { namedCurve: "P-384" });
    case "ed25519":
      return generate("ed25519");
    default:
      return kind satisfies never;
  }
}

/** Signs a key document. With keys that are not RSA: as OpenSSL signs for a verifier that does not check the key type. */
export function signDocument(key: KeyPair, bytes: Uint8Array, how: DocumentScheme = {}): Buffer {
  if (key.kind === "ed25519") return sign(null, bytes, key.private);
  if (key.kind.startsWith("ec-")) return sign(digest(how.hash), bytes, key.private);
  if (how.scheme === "pkcs1") {
    return sign(digest(how.hash), bytes, { key: key.private, padding: constants.RSA_PKCS1_PADDING });
  }
  const pss = { key: key.private, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: how.saltLength ?? 32 };
  return sign(digest(how.hash), bytes, pss);
}

/** Signs a staple as its algorithm identifier says: RSA PKCS#1 v1.5 or ECDSA in DER (RFC 6960 §4.3). */
export const signStaple = (key: KeyPair, bytes: Uint8Array, hash: HashName): Buffer =>
  sign(digest(hash), bytes, key.private);

const digest = (hash: HashName = "SHA-256"): string => hash.replace("-", "").toLowerCase();
