/** Revocation: every certificate of the path, the anchor excepted, needs one good staple and none that says revoked. */

import { type Certificate, digestOf, titleOf } from "./certificate.ts";
import { Checks } from "./checks.ts";
import { Fault, type FaultCode } from "./errors.ts";
import type { FetchedStaple } from "./evidence.ts";
import { common } from "./period.ts";
import type { Signer } from "./signer.ts";
import { type Issued, type ReadStaple, readStaple, type Standing, standings } from "./staple.ts";
import { quoted } from "./verdict.ts";

declare const unrevoked: unique symbol;

/** Proof that a signer chains to an anchor and that no certificate on the way was revoked, at the time it was made for. */
export interface LiveSigner extends Signer {
  readonly [unrevoked]: true;
  /** One for each certificate of the path, leaf first. */
  readonly staples: readonly Good[];
}

type Good = Extract<Standing, { kind: "good" }>;

/** From the most telling to the least: the reason that is given where a certificate ends without a good staple. */
const ORDER: readonly FaultCode[] = [
  "STAPLE_UNKNOWN",
  "STAPLE_STALE",
  "STAPLE_EARLY",
  "STAPLE_SIGNATURE",
  "STAPLE_RESPONDER",
  "STAPLE_WRONG_ISSUER",
  "STAPLE_TRUNCATED",
  "STAPLE_MALFORMED",
  "STAPLE_UNSUCCESSFUL",
  "STAPLE_UNFETCHED",
  "STAPLE_WRONG_CERTIFICATE",
];

/**
 * Proves by staples that nothing on the signer's path was revoked (RFC 6960 §3.2).
 * @throws Fault SIGNER_REVOKED, or STAPLE_* for the first certificate, from the leaf, without a good staple
 */
export function unrevokedAt(
  signer: Signer,
  staples: readonly FetchedStaple[],
  now: Date,
  skewSeconds: number,
): LiveSigner {
  const read = staples.map(readStaple);
  const checks = new Checks();
  const good = issuedBy(signer).map((issued) => goodStaple(issued, read, now, skewSeconds, checks));
  const holds = common([signer.holds, ...good.map((standing) => standing.holds)]);
  return { ...signer, staples: good, holds } as unknown as LiveSigner;
}

/** Each certificate of the path with who issued it. */
function issuedBy({ path, anchor }: Signer): Issued[] {
  return path.map((certificate, i) => ({ certificate, issuer: path[i + 1] ?? anchor }));
}

function goodStaple(
  issued: Issued,
  staples: readonly ReadStaple[],
  now: Date,
  skewSeconds: number,
  checks: Checks,
): Good {
  const certificate = titleOf(issued.certificate.subject);
  const all = staples.flatMap((staple) => standings(staple, issued, now, skewSeconds, checks));

  const revoked = all.find((standing) => standing.kind === "revoked");
  if (revoked !== undefined) {
    const at = revoked.at.toISOString();
    throw new Fault("SIGNER_REVOKED", `${quoted(certificate)} was revoked at ${at}`, {
      certificate,
      at,
      staple: revoked.staple,
    });
  }
  const good = all.find((standing) => standing.kind === "good");
  if (good !== undefined) return good;

  const flaws = [...all.filter((standing) => standing.kind === "flawed"), ...unusableFor(issued.certificate, staples)];
  const best = flaws.toSorted((a, b) => ORDER.indexOf(a.code) - ORDER.indexOf(b.code))[0];
  const subject = `${quoted(certificate)} has no good staple`;
  if (best === undefined) throw new Fault("STAPLE_MISSING", `${subject} among ${staples.length}`, { certificate });
  throw new Fault(best.code, `${subject}: ${best.message}`, { certificate, staple: best.staple });
}

/** Staples that cannot be read and, by the name they are usually given, were meant for this certificate. */
function unusableFor(
  certificate: Certificate,
  staples: readonly ReadStaple[],
): { staple: string; code: FaultCode; message: string }[] {
  const names = usualNames(certificate);
  return staples.flatMap(({ name, content }) =>
    content.kind === "unusable" && names.includes(name.toUpperCase())
      ? [{ staple: name, code: content.code, message: content.message }]
      : [],
  );
}

/** SHA-1 of the certificate, or SHA-256, which the service once changed to. A hint, never a proof. */
const usualNames = (certificate: Certificate): string[] => [
  digestOf(certificate, "sha1"),
  digestOf(certificate, "sha256"),
];

/**
 * Which staples to fetch next: first those that by their names belong to certificates still without a good one; where
 * that is nothing, all that are left, since a name proves nothing and may change. None when enough is there.
 * @param names the whole list, as served
 * @throws Fault where the judgement has no check left
 */
export function staplesToFetch(
  signer: Signer,
  names: readonly string[],
  fetched: readonly FetchedStaple[],
  now: Date,
  skewSeconds: number,
): string[] {
  const read = fetched.map(readStaple);
  const checks = new Checks();
  const hasGood = (issued: Issued, staple: ReadStaple): boolean =>
    standings(staple, issued, now, skewSeconds, checks).some(({ kind }) => kind === "good");
  const without = issuedBy(signer).filter((issued) => !read.some((staple) => hasGood(issued, staple)));
  if (without.length === 0) return [];
  const left = names.filter((name) => !fetched.some((staple) => staple.name === name));
  const usual = new Set(without.flatMap(({ certificate }) => usualNames(certificate)));
  const likely = left.filter((name) => usual.has(name.toUpperCase()));
  return likely.length > 0 ? likely : left;
}
