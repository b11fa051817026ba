/** Finds the authorized responders of an issuer: the issuer itself, or a responder that it delegated (RFC 6960 §4.2.2.2). */
import { createHash } from "node:crypto";
import { sameBytes } from "../bytes.ts";
import { verifySignature } from "../x509/algorithms.ts";
import { type Certificate, isSignedBy, tryParseCertificates } from "../x509/certificate.ts";
import { EKU, KEY_USAGE } from "../x509/extensions.ts";
import type { Checks } from "./check-budget.ts";
import type { BasicResponse } from "./ocsp-response.ts";

/** The flaw in a response's signature or in its responder. */
export interface ResponderFlaw {
  readonly code: "STAPLE_RESPONDER" | "STAPLE_SIGNATURE";
  readonly message: string;
}

/** Certificates that signed the response and are authorized by the issuer; if there are none, `flaw` is the reason. */
export interface AuthorizedResponders {
  readonly authorized: readonly Certificate[];
  readonly flaw: ResponderFlaw;
  /** Number of steps that the proof took. */
  readonly steps: number;
}

/** The proof of a response is needed in several steps of a call and for each single response; it is made once. */
const proven = new WeakMap<BasicResponse, WeakMap<Certificate, AuthorizedResponders>>();

/**
 * Returns the certificates that signed the response and are authorized for `issuer`: the issuer itself, or a responder that
 * it delegated. Whether these are valid now is not checked here, because that result would not last.
 * @param issuer the certificate or anchor that issued the certificate in question
 * @throws Fault if no check is left
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
  const authorized: Certificate[] = [];
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
    if (signed(response, responder)) authorized.push(responder);
    else flaws.push({ code: "STAPLE_SIGNATURE", message: "the staple's signature is invalid" });
  }
  const [
    flaw = {
      code: "STAPLE_RESPONDER",
      message: "the staple was signed by an unknown responder (not the issuer, and no certificate included)",
    },
  ] = flaws;
  return { authorized, flaw, steps };
}

/** Returns the certificates that the response names as its responder. There are several only if two have the same name. */
function candidates(response: BasicResponse, issuer: Certificate): Certificate[] {
  const { responder } = response;
  return [issuer, ...certificatesIn(response)].filter((certificate) =>
    responder.kind === "name"
      ? sameBytes(responder.name, certificate.subject)
      : // RFC 6960 §4.2.1: KeyHash is SHA-1 by definition; it finds the key and proves nothing.
        sameBytes(responder.hash, createHash("sha1").update(certificate.keyBits).digest()),
  );
}

/** Returns the included certificates that can be parsed. They are parsed once, also for several issuers. */
function certificatesIn(response: BasicResponse): readonly Certificate[] {
  const list = alreadyRead.get(response) ?? tryParseCertificates(response.certificates).readable;
  alreadyRead.set(response, list);
  return list;
}

const alreadyRead = new WeakMap<BasicResponse, readonly Certificate[]>();

/** Checks RFC 6960 §4.2.2.2: issued directly by the issuer, for OCSP signing. `ocsp-nocheck` is not evaluated. */
function delegationFlaw(responder: Certificate, issuer: Certificate, take: () => void): string | undefined {
  const stranger = "the responder's certificate was not signed by the issuer";
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
