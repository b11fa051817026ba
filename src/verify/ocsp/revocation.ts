/** Revocation: every certificate of the path except the anchor needs a good staple and no staple that says revoked. */

import { Fault, type FaultCode } from "../errors.ts";
import type { FetchedStaple } from "../evidence.ts";
import { quoted } from "../verdict.ts";
import { type Certificate, certificateDigest, displayName } from "../x509/certificate.ts";
import type { TrustedSigner } from "../x509/signer.ts";
import { intersect } from "../x509/validity.ts";
import { Checks } from "./check-budget.ts";
import { type CertificateAndIssuer, type ParsedStaple, parseStaple, type StapleStatus, statusesFor } from "./staple.ts";

declare const unrevoked: unique symbol;

/** Proof that a signer chained to an anchor, and that no certificate of the path was revoked, at the time of the check. */
export interface UnrevokedSigner extends TrustedSigner {
  readonly [unrevoked]: true;
  /** One result for each certificate of the path, leaf first. */
  readonly staples: readonly Good[];
}

type Good = Extract<StapleStatus, { kind: "good" }>;

/** From the most to the least informative: the order in which a reason is chosen if a certificate has no good staple. */
const FAULT_PRIORITY: readonly FaultCode[] = [
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
 * Proves with staples that no certificate of the signer's path was revoked (RFC 6960 §3.2).
 * @throws Fault SIGNER_REVOKED, or STAPLE_* for the first certificate, from the leaf, without a good staple
 */
export function checkRevocation(
  signer: TrustedSigner,
  staples: readonly FetchedStaple[],
  now: Date,
  skewSeconds: number,
): UnrevokedSigner {
  const read = staples.map(parseStaple);
  const checks = new Checks();
  const good = issuedBy(signer).map((issued) => requireGoodStaple(issued, read, now, skewSeconds, checks));
  const validity = intersect([signer.validity, ...good.map((standing) => standing.validity)]);
  return { ...signer, staples: good, validity } as unknown as UnrevokedSigner;
}

/** Returns each certificate of the path with its issuer. */
export function issuedBy({ path, anchor }: TrustedSigner): CertificateAndIssuer[] {
  return path.map((certificate, i) => ({ certificate, issuer: path[i + 1] ?? anchor }));
}

function requireGoodStaple(
  issued: CertificateAndIssuer,
  staples: readonly ParsedStaple[],
  now: Date,
  skewSeconds: number,
  checks: Checks,
): Good {
  const certificate = displayName(issued.certificate.subject);
  const all = staples.flatMap((staple) => statusesFor(staple, issued, now, skewSeconds, checks));

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

  const flaws = [
    ...all.filter((standing) => standing.kind === "flawed"),
    ...unreadableStaplesFor(issued.certificate, staples),
  ];
  const best = flaws.toSorted((a, b) => FAULT_PRIORITY.indexOf(a.code) - FAULT_PRIORITY.indexOf(b.code))[0];
  const subject = `${quoted(certificate)} has no good staple`;
  if (best === undefined) throw new Fault("STAPLE_MISSING", `${subject} among ${staples.length}`, { certificate });
  throw new Fault(best.code, `${subject}: ${best.message}`, { certificate, staple: best.staple });
}

/** Returns the staples that cannot be used and that, by their conventional names, were meant for this certificate. */
function unreadableStaplesFor(
  certificate: Certificate,
  staples: readonly ParsedStaple[],
): { staple: string; code: FaultCode; message: string }[] {
  const names = conventionalNames(certificate);
  return staples.flatMap(({ name, content }) =>
    content.kind === "unusable" && names.includes(name.toUpperCase())
      ? [{ staple: name, code: content.code, message: content.message }]
      : [],
  );
}

/** Returns the SHA-1 and SHA-256 of the certificate; staples were once renamed to the latter. A hint, never a proof. */
const conventionalNames = (certificate: Certificate): string[] => [
  certificateDigest(certificate, "sha1"),
  certificateDigest(certificate, "sha256"),
];

/**
 * Returns the staples to fetch next: first those whose names match certificates still without a good staple. If no name
 * matches, all that are left, since a name proves nothing and may change. Empty if every certificate has a good staple.
 * @param names the whole list, as served
 * @throws Fault if no check is left
 */
export function staplesToFetch(
  signer: TrustedSigner,
  names: readonly string[],
  fetched: readonly FetchedStaple[],
  now: Date,
  skewSeconds: number,
): string[] {
  const read = fetched.map(parseStaple);
  const checks = new Checks();
  const hasGood = (issued: CertificateAndIssuer, staple: ParsedStaple): boolean =>
    statusesFor(staple, issued, now, skewSeconds, checks).some(({ kind }) => kind === "good");
  const without = issuedBy(signer).filter((issued) => !read.some((staple) => hasGood(issued, staple)));
  if (without.length === 0) return [];
  const left = names.filter((name) => !fetched.some((staple) => staple.name === name));
  const usual = new Set(without.flatMap(({ certificate }) => conventionalNames(certificate)));
  const likely = left.filter((name) => usual.has(name.toUpperCase()));
  return likely.length > 0 ? likely : left;
}
