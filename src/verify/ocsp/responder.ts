/** Who may speak for an issuer: the issuer itself, or a responder that it delegated (RFC 6960 §4.2.2.2). */
import { createHash } from "node:crypto";
import { sameBytes } from "../bytes.ts";
import { DerError } from "../der/der.ts";
import { verifySignature } from "../x509/algorithms.ts";
import { type Certificate, isSignedBy, readCertificate } from "../x509/certificate.ts";
import { EKU, KEY_USAGE } from "../x509/extensions.ts";
import type { Checks } from "./check-budget.ts";
import type { BasicResponse } from "./ocsp-response.ts";

/** What is wrong with a response's signature or its maker. */
export interface ResponderFlaw {
  readonly code: "STAPLE_RESPONDER" | "STAPLE_SIGNATURE";
  readonly message: string;
}

/** Those who made the response and may speak for the issuer; where there are none, `flaw` says why. */
export interface AuthorizedResponders {
  readonly holding: readonly Certificate[];
  readonly flaw: ResponderFlaw;
  /** What it took to find out. */
  readonly steps: number;
}

/** A response is asked about in several steps of a call and for each of its answers; its proof is made once. */
const proven = new WeakMap<BasicResponse, WeakMap<Certificate, AuthorizedResponders>>();

/**
 * Who signed the response, and may speak for `issuer`: the issuer itself, or a responder that it delegated. Whether
 * such a certificate is valid now is not asked here: that is no lasting proof.
 * @param issuer the certificate or anchor that issued the certificate asked about
 * @throws Fault where the judgement has no check left
 */
export function authorizedResponders(
  response: BasicResponse,
  issuer: Certificate,
  checks: Checks,
): AuthorizedResponders {
  const byIssuer = proven.get(response) ?? new WeakMap<Certificate, AuthorizedResponders>();
  const before = byIssuer.get(issuer);
  if (before !== undefined) {
    checks.again(before);
    return before;
  }
  const proof = proveResponders(response, issuer, checks);
  checks.made(proof);
  proven.set(response, byIssuer.set(issuer, proof));
  return proof;
}

function proveResponders(response: BasicResponse, issuer: Certificate, checks: Checks): AuthorizedResponders {
  const holding: Certificate[] = [];
  const flaws: ResponderFlaw[] = [];
  let steps = 0;
  const take = () => {
    checks.take();
    steps += 1;
  };
  take();
  for (const responder of candidates(response, issuer)) {
    const flaw = responder === issuer ? undefined : delegationFlaw(responder, issuer, take);
    if (flaw !== undefined) {
      flaws.push({ code: "STAPLE_RESPONDER", message: flaw });
      continue;
    }
    take();
    if (signed(response, responder)) holding.push(responder);
    else flaws.push({ code: "STAPLE_SIGNATURE", message: "the staple's signature does not hold" });
  }
  const [flaw = { code: "STAPLE_RESPONDER", message: "who signed the staple is neither the issuer nor sent along" }] =
    flaws;
  return { holding, flaw, steps };
}

/** Those that the response names as its maker. More than one only if two have the same name. */
function candidates(response: BasicResponse, issuer: Certificate): Certificate[] {
  return [issuer, ...certificatesIn(response)].filter((certificate) =>
    "byName" in response.responder
      ? sameBytes(response.responder.byName, certificate.subject)
      : // RFC 6960 §4.2.1: KeyHash is SHA-1 by definition; it finds the key, it proves nothing.
        sameBytes(response.responder.byKey, createHash("sha1").update(certificate.keyBits).digest()),
  );
}

/** Those that can be read. A response is about certificates of several issuers; what came along is read once. */
function certificatesIn(response: BasicResponse): readonly Certificate[] {
  const list = alreadyRead.get(response) ?? response.certificates.flatMap(tryParseCertificate);
  alreadyRead.set(response, list);
  return list;
}

const alreadyRead = new WeakMap<BasicResponse, readonly Certificate[]>();

/** A certificate that cannot be read can be nobody's proof; another one may still be. */
function tryParseCertificate(der: Uint8Array): Certificate[] {
  try {
    return [readCertificate(der)];
  } catch (error) {
    if (error instanceof DerError) return [];
    throw error;
  }
}

/** RFC 6960 §4.2.2.2: issued directly by the issuer, for this use. `ocsp-nocheck` is neither required nor followed. */
function delegationFlaw(responder: Certificate, issuer: Certificate, take: () => void): string | undefined {
  const stranger = "the responder's certificate is not by the issuer";
  if (!sameBytes(responder.issuer, issuer.subject)) return stranger;
  take();
  if (!isSignedBy(responder, issuer)) return stranger;
  if (responder.extendedKeyUsage?.has(EKU.ocspSigning) !== true) return "the responder may not sign OCSP responses";
  if (responder.keyUsage !== undefined && !responder.keyUsage.has(KEY_USAGE.digitalSignature)) {
    return "the responder may not make signatures";
  }
  const [unknown] = responder.unknownCritical;
  return unknown && `the responder's certificate has the critical extension ${unknown}`;
}

const signed = ({ signatureAlgorithm, tbs, signature }: BasicResponse, { key }: Certificate): boolean =>
  key !== undefined && verifySignature(key, signatureAlgorithm, tbs, signature);
