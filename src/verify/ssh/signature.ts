/** The signature over a block of the key document. */
import { constants, verify } from "node:crypto";
import type { UnrevokedSigner } from "../ocsp/revocation.ts";

/** The only scheme that EC2 Instance Connect uses. Nothing in a document can choose another. */
const SCHEME = { digest: "sha256", padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } as const;

/**
 * Checks whether `signature` is valid over exactly these bytes under `signer`. Never throws on bad input: an UnrevokedSigner
 * has an RSA key of 2048 to 8192 bits, and with any other key Node would ignore the scheme or throw.
 */
export function verifyBlockSignature(signer: UnrevokedSigner, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== signer.modulusBytes) return false;
  return verify(
    SCHEME.digest,
    bytes,
    { key: signer.key, padding: SCHEME.padding, saltLength: SCHEME.saltLength },
    signature,
  );
}
