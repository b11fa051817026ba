/**
 * A report on the signer's evidence: the path to its anchor, other served certificates, and each staple with its status. For
 * display only: it decides nothing, and never fails because of the evidence. Pure.
 */

import { LIST } from "../verify/bounds.ts";
import { Fault, type FaultCode } from "../verify/errors.ts";
import type { FetchedStaple, Rules, SignerEvidence } from "../verify/evidence.ts";
import { Checks } from "../verify/ocsp/check-budget.ts";
import { issuedBy } from "../verify/ocsp/revocation.ts";
import { parseStaple, type StapleStatus, statusesFor } from "../verify/ocsp/staple.ts";
import type { Anchor } from "../verify/x509/anchor.ts";
import { type Certificate, certificateDigest, displayName, tryParseCertificates } from "../verify/x509/certificate.ts";
import { PemError, readPem } from "../verify/x509/pem.ts";
import { expectedDnsName, type TrustedSigner, validateSignerChain } from "../verify/x509/signer.ts";

export interface CertificateReport {
  /** The subject's common name, which proves nothing by itself. */
  readonly title: string;
  readonly issuer: string;
  /** Upper-case hex. */
  readonly sha256: string;
  readonly notBefore: string;
  readonly notAfter: string;
}

export interface SignerReport {
  /** `managed-ssh-signer.<region>.<domain>`; null if region or domain is invalid. */
  readonly name: string | null;
  /** Leaf first, and proven; empty if no path to an anchor was proven. */
  readonly path: readonly CertificateReport[];
  /** The anchor at which the path ended. */
  readonly anchor: CertificateReport | null;
  /** Served, but not on the path. */
  readonly unused: readonly CertificateReport[];
  /** Served, but not readable as a certificate. */
  readonly unreadable: number;
}

export interface StapleReport {
  /** As the service lists it. */
  readonly name: string;
  /** `good` and `revoked` are proven; a code says what is wrong; `unused` is about no certificate on the path. */
  readonly status: "good" | "revoked" | "unused" | FaultCode;
  /** The certificate on the path that the staple is about; null if it is about another one, or unusable. */
  readonly about: string | null;
  readonly message: string | null;
  /** As in the staple; proven if it is good. Null if the staple cannot be parsed, or has no such time. */
  readonly thisUpdate: string | null;
  readonly nextUpdate: string | null;
}

export function signerReport(
  evidence: SignerEvidence,
  rules: Rules,
  now: Date,
): { signer: SignerReport; staples: StapleReport[] } {
  const { list, unreadable } = served(evidence.certificates);
  const proven = tryOrUndefined(() => validateSignerChain(evidence, rules, now));
  const path: readonly Certificate[] = proven?.path ?? [];
  const digests = new Set(path.map((certificate) => certificateDigest(certificate, "sha256")));
  const signer: SignerReport = {
    name: tryOrUndefined(() => expectedDnsName(evidence, rules.domains)) ?? null,
    path: path.map(certificateReport),
    anchor: proven === undefined ? null : certificateReport(proven.anchor),
    unused: list.map(certificateReport).filter(({ sha256 }) => !digests.has(sha256)),
    unreadable,
  };
  return { signer, staples: evidence.staples.map((staple) => stapleReport(staple, proven, now, rules)) };
}

function tryOrUndefined<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

function served(bytes: Uint8Array): { list: readonly Certificate[]; unreadable: number } {
  try {
    const ders = readPem(Buffer.from(bytes).toString("latin1"), LIST.lines).slice(0, LIST.certificates);
    const { readable, errors } = tryParseCertificates(ders);
    return { list: readable, unreadable: errors.length };
  } catch (error) {
    if (error instanceof PemError) return { list: [], unreadable: 1 };
    throw error;
  }
}

const certificateReport = (certificate: Certificate | Anchor): CertificateReport => ({
  title: displayName(certificate.subject),
  issuer: displayName(certificate.issuer),
  sha256: certificateDigest(certificate, "sha256"),
  notBefore: certificate.notBefore.toISOString(),
  notAfter: certificate.notAfter.toISOString(),
});

function stapleReport(staple: FetchedStaple, proven: TrustedSigner | undefined, now: Date, rules: Rules): StapleReport {
  const read = parseStaple(staple);
  const { name, content } = read;
  const nothing = { about: null, thisUpdate: null, nextUpdate: null };
  if (content.kind === "unusable") return { name, status: content.code, message: content.message, ...nothing };

  const [first] = content.responses;
  const times = {
    thisUpdate: first?.thisUpdate.toISOString() ?? null,
    nextUpdate: first?.nextUpdate?.toISOString() ?? null,
  };
  for (const issued of proven === undefined ? [] : issuedBy(proven)) {
    const found = tryOrUndefined(() => statusesFor(read, issued, now, rules.clockSkewSeconds, new Checks())) ?? [];
    // The deciding status is reported: revoked, then good, then the flaw.
    const standing = found.find(({ kind }) => kind === "revoked") ?? found.find(({ kind }) => kind === "good");
    const told = standing ?? found.find((one) => one.kind === "flawed" && !isNearMiss(one.code));
    if (told !== undefined) return { name, ...wordsOf(told), about: displayName(issued.certificate.subject), ...times };
  }
  return { name, status: "unused", about: null, message: null, ...times };
}

/** Checks for a staple about another certificate of the same issuer, which is not an error. */
const isNearMiss = (code: FaultCode): boolean => code === "STAPLE_WRONG_CERTIFICATE" || code === "STAPLE_WRONG_ISSUER";

function wordsOf(standing: StapleStatus): Pick<StapleReport, "status" | "message"> {
  if (standing.kind === "good") return { status: "good", message: null };
  if (standing.kind === "revoked") return { status: "revoked", message: `revoked at ${standing.at.toISOString()}` };
  return { status: standing.code, message: standing.message };
}
