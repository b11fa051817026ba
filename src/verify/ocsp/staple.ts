/** Checks one staple against one certificate: good and current, or the reason why it is not. */

import { STAPLE } from "../bounds.ts";
import { fromBase64, sameBytes } from "../bytes.ts";
import { DerError } from "../der/der.ts";
import type { FaultCode } from "../errors.ts";
import type { FetchedStaple } from "../evidence.ts";
import { certIdDigest } from "../x509/algorithms.ts";
import { type Certificate, validityOf } from "../x509/certificate.ts";
import { intersect, isWithin, type Validity } from "../x509/validity.ts";
import type { Checks } from "./check-budget.ts";
import { type BasicResponse, type CertId, readOcspResponse, type SingleResponse } from "./ocsp-response.ts";
import { authorizedResponders } from "./responder.ts";

/** A staple after parsing: its content, or the reason why it cannot be used. */
export interface ParsedStaple {
  readonly name: string;
  readonly content: BasicResponse | { readonly kind: "unusable"; readonly code: FaultCode; readonly message: string };
}

/** Several steps of a call need a staple; it is parsed once. */
const alreadyRead = new WeakMap<FetchedStaple, ParsedStaple>();

export function parseStaple(staple: FetchedStaple): ParsedStaple {
  const read = alreadyRead.get(staple) ?? parseUncached(staple);
  alreadyRead.set(staple, read);
  return read;
}

function parseUncached(staple: FetchedStaple): ParsedStaple {
  const { name } = staple;
  const unusable = (code: FaultCode, message: string): ParsedStaple => ({
    name,
    content: { kind: "unusable", code, message },
  });
  if ("failed" in staple) return unusable("STAPLE_UNFETCHED", staple.failed);

  const text = Buffer.from(staple.body).toString("latin1");
  const base64 = without("\r", without("\n", text));
  if (base64 === undefined) return unusable("STAPLE_MALFORMED", `over ${STAPLE.lines} lines`);
  const der = fromBase64(base64);
  if (der === undefined) return unusable("STAPLE_MALFORMED", "not base64");
  try {
    const content = readOcspResponse(der);
    if (content.kind === "basic") return { name, content };
    return unusable("STAPLE_UNSUCCESSFUL", `the responder said ${content.status}`);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    return unusable(error.truncated ? "STAPLE_TRUNCATED" : "STAPLE_MALFORMED", error.message);
  }
}

/** Returns the text without the separators; undefined if there are too many of them. */
function without(separator: string, text: string | undefined): string | undefined {
  const parts = text?.split(separator, STAPLE.lines + 1);
  return parts === undefined || parts.length > STAPLE.lines ? undefined : parts.join("");
}

/** A certificate of the path and its issuer, which is the next certificate of the path or the anchor. */
export interface CertificateAndIssuer {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

/** Status of one certificate by one staple. `message` has the time or value on which a flaw depends. */
export type StapleStatus =
  | { readonly kind: "good"; readonly staple: string; readonly validity: Validity }
  | { readonly kind: "revoked"; readonly staple: string; readonly at: Date }
  | { readonly kind: "flawed"; readonly staple: string; readonly code: FaultCode; readonly message: string };

/**
 * Returns a status for every single response of a readable staple that concerns this certificate, including near misses.
 * Empty if the staple is about something else: staples off the path never matter.
 * @throws Fault if no check is left
 */
export function statusesFor(
  { name, content }: ParsedStaple,
  issued: CertificateAndIssuer,
  now: Date,
  skewSeconds: number,
  checks: Checks,
): StapleStatus[] {
  if (content.kind === "unusable") return [];
  const flawed = (code: FaultCode, message: string): StapleStatus => ({ kind: "flawed", staple: name, code, message });

  return content.responses.flatMap((single): StapleStatus[] => {
    const match = matchCertId(single.certId, issued);
    if (match === "nothing") return [];
    if (match !== "certificate") return [flawed(NEAR_MISSES[match].code, NEAR_MISSES[match].message)];
    const { authorized, flaw } = authorizedResponders(content, issued.issuer, checks);
    const responder = authorized.find((certificate) => isWithin(now, validityOf(certificate)));
    if (responder !== undefined) return [checkValidity(name, single, validityOf(responder), now, skewSeconds)];
    if (authorized.length === 0) return [flawed(flaw.code, flaw.message)];
    return [flawed("STAPLE_RESPONDER", "the responder's certificate is not valid now")];
  });
}

/** Checks RFC 6960 §3.2 (4) to (6) after signature and responder are verified. `responder` is the latter's validity. */
function checkValidity(
  staple: string,
  single: SingleResponse,
  responder: Validity,
  now: Date,
  skewSeconds: number,
): StapleStatus {
  const { status, revokedAt, thisUpdate, nextUpdate } = single;
  const flawed = (code: FaultCode, message: string): StapleStatus => ({ kind: "flawed", staple, code, message });

  // Regardless of the staple's age: a revoked certificate stays revoked.
  if (revokedAt !== undefined) return { kind: "revoked", staple, at: revokedAt };
  if (status !== "good") return flawed("STAPLE_UNKNOWN", "the responder does not know the certificate");
  const at = `now it is ${now.toISOString()}`;
  const from = new Date(thisUpdate.getTime() - skewSeconds * 1000);
  if (now < from) {
    return flawed("STAPLE_EARLY", `the staple begins at ${thisUpdate.toISOString()}, ${at}`);
  }
  if (nextUpdate === undefined) return flawed("STAPLE_STALE", "the staple has no nextUpdate, so it has no end");
  if (now > nextUpdate) return flawed("STAPLE_STALE", `the staple ended at ${nextUpdate.toISOString()}, ${at}`);
  return { kind: "good", staple, validity: intersect([{ from, until: nextUpdate }, responder]) };
}

const NEAR_MISSES = {
  "another-certificate": {
    code: "STAPLE_WRONG_CERTIFICATE",
    message: "the staple is for another certificate of the same issuer",
  },
  "another-issuer": {
    code: "STAPLE_WRONG_ISSUER",
    message: "the staple is for a certificate with the same serial number from another issuer",
  },
} as const;

/** Compares by RFC 6960 §3.2 (1): name and key of the issuer, by the hash that the CertID names, and the serial number. */
function matchCertId(
  id: CertId,
  { certificate, issuer }: CertificateAndIssuer,
): "certificate" | keyof typeof NEAR_MISSES | "nothing" {
  const nameHash = certIdDigest(id.hash, certificate.issuer);
  const keyHash = certIdDigest(id.hash, issuer.keyBits);
  const sameIssuer =
    nameHash !== undefined &&
    keyHash !== undefined &&
    sameBytes(id.issuerNameHash, nameHash) &&
    sameBytes(id.issuerKeyHash, keyHash);
  const sameSerial = sameBytes(id.serial, certificate.serial);
  if (sameIssuer) return sameSerial ? "certificate" : "another-certificate";
  return sameSerial ? "another-issuer" : "nothing";
}
