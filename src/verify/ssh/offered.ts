/** Which blocks of a document sshd asks about, and which of these are checked. Before anything of a block is believed. */
import { CERTIFICATE, DOCUMENT } from "../bounds.ts";
import { candidates, fingerprintOf, lineContainsKey } from "./authorized-key.ts";
import type { BlockHeader } from "./document.ts";

/** The warm service is asked about a document again and again, and about other keys: one key is hashed once. */
const alreadyRead = new WeakMap<BlockHeader, readonly string[]>();

/**
 * Whether the block may be the one of the offered key.
 * @param offered of a known form
 */
export function mentions(block: BlockHeader, offered: string): boolean {
  if (offered.startsWith("MD5:")) return lineContainsKey(block.key, offered);
  const fingerprints = alreadyRead.get(block) ?? candidates(block.key).map(fingerprintOf);
  alreadyRead.set(block, fingerprints);
  return fingerprints.includes(offered);
}

/**
 * The blocks whose signatures are to be checked: all that are meant or, where that is more than a judgement may check, the
 * keys that end last by what they say. Nobody has proven that, and nothing but the order hangs on it: keys are pushed for
 * 60 seconds, so the newest are those that somebody waits for.
 * @param offered undefined: every block is meant
 * @param modulusBytes of the signer: to check a longer signature takes longer
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
