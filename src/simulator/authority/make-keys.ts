/** Generates the keys of the authority, all at once: Node does that in other threads. */
import type { Keys } from "./certificate-names.ts";
import { type CaKeyKind, makeKey, type SignerKeyKind } from "./key-pairs.ts";

export async function makeKeys(ca: CaKeyKind, signer: SignerKeyKind): Promise<Keys> {
  const [old, services, root, intermediate, last] = await Promise.all([
    makeKey(ca),
    makeKey(ca),
    makeKey(ca),
    makeKey(ca),
    makeKey(signer),
  ]);
  return { old, services, root, intermediate, signer: last };
}
