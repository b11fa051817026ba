/** Trust anchors: the certificates at which a path ends. They come only from the program or from root-owned files. */
import { sameBytes } from "../bytes.ts";
import { DerError } from "../der/der.ts";
import { Fault } from "../errors.ts";
import { quoted } from "../verdict.ts";
import { type Certificate, displayName, readCertificate } from "./certificate.ts";
import { PemError, readPem } from "./pem.ts";

/** A self-issued CA certificate. Its validity is checked at the time of each verification. */
export interface Anchor extends Certificate {
  readonly anchor: true;
}

/**
 * Reads the anchors in a PEM text.
 * @param from the source of the text, for the message
 * @throws Fault ANCHORS_INVALID for a text without certificates, or with a certificate that cannot be an anchor
 */
export function readAnchors(text: string, from: string): Anchor[] {
  const invalid = (what: string, cause?: unknown) =>
    new Fault("ANCHORS_INVALID", `${from}: ${what}`, { file: from }, { cause });
  try {
    const list = readPem(text).map((der) => anchorOf(der, (what) => invalid(what)));
    if (list.length === 0) throw invalid("no certificate in it");
    return list;
  } catch (error) {
    if (error instanceof DerError || error instanceof PemError) throw invalid(error.message, error);
    throw error;
  }
}

function anchorOf(der: Uint8Array, invalid: (what: string) => Fault): Anchor {
  const certificate = readCertificate(der);
  const refuse = (what: string) => invalid(`${quoted(displayName(certificate.subject))} ${what}`);
  if (!sameBytes(certificate.subject, certificate.issuer)) throw refuse("is not self-issued");
  if (certificate.basicConstraints?.ca !== true) throw refuse("is not a CA certificate");
  return Object.assign(certificate, { anchor: true as const });
}
