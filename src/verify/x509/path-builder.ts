/**
 * Path building and validation (RFC 5280 §6.1), from the leaf to the first issuer that is an anchor. Anchors are tried
 * before served certificates, so cross-signed roots, which are served too, never make the path longer.
 */

import { LIST } from "../bounds.ts";
import { sameBytes } from "../bytes.ts";
import { Fault, type FaultCode } from "../errors.ts";
import { quoted } from "../verdict.ts";
import { describeKey, isAcceptedSignatureAlgorithm } from "./algorithms.ts";
import type { Anchor } from "./anchor.ts";
import { type Certificate, displayName, isSignedBy, validityFault, validityOf } from "./certificate.ts";
import { EKU, KEY_USAGE } from "./extensions.ts";
import { permits } from "./name-constraints.ts";
import { isWithin } from "./validity.ts";

type List = readonly [Certificate, ...Certificate[]];

export interface CertificationPath {
  /** Leaf first, without the anchor. */
  readonly path: List;
  readonly anchor: Anchor;
}

/**
 * @param served every certificate that may help, in any order, with or without the leaf
 * @throws Fault CHAIN_*: the reason of the attempt that came furthest; the reasons of the others are its cause
 */
export function findPath(
  leaf: Certificate,
  served: readonly Certificate[],
  anchors: readonly Anchor[],
  now: Date,
): CertificationPath {
  const search = new PathBuilder(served, anchors, now);
  const found = search.extend([leaf]);
  if (found !== undefined) return found;
  throw search.reason(leaf);
}

class PathBuilder {
  readonly #served: readonly Certificate[];
  readonly #anchors: readonly Anchor[];
  readonly #now: Date;
  readonly #flaws: { depth: number; flaw: Fault }[] = [];
  #checks = 0;

  constructor(served: readonly Certificate[], anchors: readonly Anchor[], now: Date) {
    this.#served = served;
    this.#anchors = anchors;
    this.#now = now;
  }

  extend(path: List): CertificationPath | undefined {
    for (const anchor of this.#anchors) {
      // The leaf is never its own anchor: an anchor's key signs certificates, not key documents.
      if (sameBytes(anchor.spki, path[0].spki)) continue;
      if (this.#mayFollow(path, anchor)) return { path, anchor };
    }
    for (const issuer of this.#served) {
      if (path.some(({ der }) => sameBytes(der, issuer.der)) || !this.#mayFollow(path, issuer)) continue;
      if (path.length === LIST.depth) {
        this.#note(path, fault("CHAIN_TOO_LONG", `leads to no anchor within ${LIST.depth} certificates`, issuer));
        continue;
      }
      const found = this.extend([...path, issuer]);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  reason(leaf: Certificate): Fault {
    const last = leaf.issuer;
    const failures = this.#flaws.toSorted((a, b) => rank(b) - rank(a));
    const [best] = failures;
    if (best === undefined) {
      const issuer = displayName(last);
      return new Fault("CHAIN_UNTRUSTED", `no trusted root issued ${quoted(displayName(leaf.subject))}`, { issuer });
    }
    const others = failures.slice(1).map(({ flaw }) => flaw);
    if (others.length === 0) return best.flaw;
    return new Fault(best.flaw.code, best.flaw.message, best.flaw.facts, { cause: new AggregateError(others) });
  }

  #mayFollow(path: List, issuer: Certificate): boolean {
    const subject = path.at(-1) ?? path[0];
    if (!sameBytes(subject.issuer, issuer.subject)) return false;
    this.#checks += 1;
    if (this.#checks > LIST.checks) {
      throw new Fault("CHAIN_TOO_LONG", `over ${LIST.checks} signature checks without an anchor`);
    }
    const flaw = signatureFlaw(subject, issuer) ?? issuerFlaw(path, issuer, this.#now);
    if (flaw !== undefined) this.#note(path, flaw);
    return flaw === undefined;
  }

  #note(path: List, flaw: Fault): void {
    this.#flaws.push({ depth: path.length, flaw });
  }
}

/** Ranks flaws: a wrong signature only says that this was not the issuer; other flaws say what is wrong with it. */
const rank = ({ depth, flaw }: { depth: number; flaw: Fault }): number =>
  depth + (flaw.code === "CHAIN_SIGNATURE" ? 0 : 100);

function fault(code: FaultCode, what: string, certificate: Certificate): Fault {
  const title = displayName(certificate.subject);
  return new Fault(code, `${quoted(title)} ${what}`, { certificate: title });
}

function signatureFlaw(subject: Certificate, issuer: Certificate): Fault | undefined {
  if (!isAcceptedSignatureAlgorithm(subject.signatureAlgorithm)) {
    return fault("CHAIN_ALGORITHM", `is signed by algorithm ${subject.signatureAlgorithm.oid}`, subject);
  }
  if (issuer.key === undefined) return fault("CHAIN_ALGORITHM", `has a key of ${describeKey(issuer.spki)}`, issuer);
  return isSignedBy(subject, issuer) ? undefined : fault("CHAIN_SIGNATURE", "is not signed by its issuer", subject);
}

/** Checks RFC 5280 §6.1.4 for a certificate that issued the last certificate of `path`. */
function issuerFlaw(path: List, issuer: Certificate, now: Date): Fault | undefined {
  const flaw = (code: FaultCode, what: string) => fault(code, what, issuer);
  const isAnchor = "anchor" in issuer;

  if (!isWithin(now, validityOf(issuer))) return validityFault(issuer, now);
  if (issuer.basicConstraints?.ca !== true) return flaw("CHAIN_NOT_CA", "is not a CA certificate");
  // §6.1.4 (l): self-issued certificates below do not count, nor does the leaf.
  const below = path.slice(1).filter(({ issuer: by, subject }) => !sameBytes(by, subject)).length;
  const { pathLength = Number.POSITIVE_INFINITY } = issuer.basicConstraints;
  if (below > pathLength) return flaw("CHAIN_PATH_LENGTH", `allows ${pathLength} CAs below it, there are ${below}`);
  // An anchor is trusted explicitly and may lack the extension; if it has the extension, it is enforced.
  if (issuer.keyUsage?.has(KEY_USAGE.keyCertSign) !== true && !(isAnchor && issuer.keyUsage === undefined)) {
    return flaw("CHAIN_USAGE", "may not sign certificates");
  }
  const { extendedKeyUsage: eku } = issuer;
  if (eku !== undefined && !eku.has(EKU.serverAuth) && !eku.has(EKU.any)) {
    return flaw("CHAIN_USAGE", "may not issue server certificates");
  }
  const [unknown] = issuer.unknownCritical;
  if (unknown !== undefined) return flaw("CHAIN_EXTENSION", `has the critical extension ${unknown}`);
  return constraintFlaw(path, issuer);
}

function constraintFlaw(path: List, issuer: Certificate): Fault | undefined {
  const { nameConstraints } = issuer;
  if (nameConstraints === undefined) return undefined;
  const flaw = (what: string) => fault("CHAIN_NAME_CONSTRAINTS", what, issuer);
  if (nameConstraints.otherKinds) return flaw("constrains names that are not DNS names");
  const strayed = path.find(({ dnsNames = [] }) => !permits(nameConstraints, dnsNames));
  return strayed && flaw(`may not issue for ${strayed.dnsNames?.map(quoted).join(", ")}`);
}
