/** Selects the blocks that sshd asks about, and those that are checked, before anything in a block is trusted. */
import { CERTIFICATE, DOCUMENT } from "../bounds.ts";
import { candidates, fingerprintOf, lineContainsKey } from "./authorized-key.ts";
import type { BlockHeader } from "./document.ts";

/** The service is asked about a document repeatedly, and for different keys: each key is hashed once. */
const alreadyRead = new WeakMap<BlockHeader, readonly string[]>();

/**
 * Checks whether the block may hold the offered key.
 * @param offered of a known form
 */
export function mentions(block: BlockHeader, offered: string): boolean {
  if (offered.startsWith("MD5:")) return lineContainsKey(block.key, offered);
  const fingerprints = alreadyRead.get(block) ?? candidates(block.key).map(fingerprintOf);
  alreadyRead.set(block, fingerprints);
  return fingerprints.includes(offered);
}

/**
 * Returns the blocks whose signatures are checked: all that match or, if a verification may not check that many, the keys
 * with the latest claimed expiry. The claim is not verified, but only the order depends on it: keys are pushed for 60
 * seconds, so the newest are those that a login is waiting for.
 * @param offered undefined: every block matches
 * @param modulusBytes of the signer: a longer signature takes longer to check
 */
export function toCheck(
  blocks: readonly BlockHeader[],
  offered: string | undefined,
  modulusBytes: number,
): ReadonlySet<BlockHeader> {
  const meant = offered === undefined ? blocks : blocks.filter((block) => mentions(block, offered));
  const most = Math.floor((DOCUMENT.signatures * CERTIFICATE.modulusBits.least) / 8 / modulusBytes);
  if (meant.length <= most) return new Set(meant);
  const newest = meant.map((block) => ({ block, end: block.claimedEnd() })).toSorted((a, b) => b.end - a.end);
  return new Set(newest.slice(0, most).map(({ block }) => block));
}
