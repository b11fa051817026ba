/** A key as WebCrypto has it, which signs certificates. Apart, because its types are the DOM's, which a user of the package may lack. */
import { webcrypto } from "node:crypto";
import type { HashName, KeyPair } from "./key-pairs.ts";

/** Returns the key for WebCrypto, with which @peculiar/x509 signs certificates. WebCrypto fixes the hash at import. */
export async function forCertificates(key: KeyPair, hash: HashName): Promise<[CryptoKey, Algorithm]> {
  const curve = { "ec-p256": "P-256", "ec-p384": "P-384" }[key.kind as string];
  const algorithm = curve ? { name: "ECDSA", namedCurve: curve, hash } : { name: "RSASSA-PKCS1-v1_5", hash };
  const pkcs8 = key.private.export({ type: "pkcs8", format: "der" });
  const imported = await webcrypto.subtle.importKey("pkcs8", new Uint8Array(pkcs8), algorithm, false, ["sign"]);
  // Node's type CryptoKey has one usage more than the DOM's, which the library requires.
  return [imported as CryptoKey, algorithm];
}
