/**
 * The certificates of the simulated authority, in the shape of the real chain: a signer under an intermediate under a root.
 * The root is also cross-signed by a services root, and the services root by an old root that trust stores will soon drop.
 */

import { wholeSecond } from "../clock.ts";
import {
  CERTIFICATE_OF,
  CERTIFICATES,
  type CertificateName,
  type Holder,
  type IssuerName,
  type Keys,
} from "./certificate-names.ts";
import {
  type Certificate,
  type CertificateShape,
  CLIENT_AUTH,
  type Issuer,
  issue,
  OCSP_SIGNING,
  SERVER_AUTH,
} from "./certificates.ts";
import type { KeyPair } from "./key-pairs.ts";

/** Deliberate changes, by certificate; "responder" is the certificate for delegated staples, under any issuer. */
export type Shapes = { readonly [name in CertificateName | "responder"]?: Partial<CertificateShape> };

const YEAR = 365 * 86_400;

/** Names contain the simulator's name, so that these certificates are not mistaken for Amazon's. */
const SUBJECTS: Record<Exclude<Holder, "signer">, string> = {
  old: "C=US, O=eic-simulator, OU=Simulated Class 2 Certification Authority",
  services: "C=US, O=eic-simulator, CN=Simulated Services Root CA - G2",
  root: "C=US, O=eic-simulator, CN=Simulated Root CA 1",
  intermediate: "C=US, O=eic-simulator, CN=Simulated RSA 2048 M01",
  responder: "C=US, O=eic-simulator, CN=Simulated OCSP Responder",
};

export function issueCertificate(name: CertificateName, keys: Keys, host: string, shapes: Shapes, now: Date) {
  const { holder, issuer } = CERTIFICATES[name];
  return issue(shapeOf(name, holder, host, shapes, now), keys[holder], issuerFor(issuer, keys, shapes));
}

/** Issues the certificate of a delegated responder (RFC 6960 §4.2.2.2), signed by the issuer for which it responds. */
export function issueResponder(
  issuer: IssuerName,
  keys: Keys,
  responder: KeyPair,
  shapes: Shapes,
  now: Date,
): Promise<Certificate> {
  return issue(shapeOf("responder", "responder", "", shapes, now), responder, issuerFor(issuer, keys, shapes));
}

function issuerFor(issuer: IssuerName, keys: Keys, shapes: Shapes): Issuer {
  return { key: keys[issuer], subject: shapes[CERTIFICATE_OF[issuer]]?.subject ?? SUBJECTS[issuer] };
}

function shapeOf(
  name: CertificateName | "responder",
  holder: Holder,
  host: string,
  shapes: Shapes,
  now: Date,
): CertificateShape {
  const ca: CertificateShape = {
    subject: holder === "signer" ? `CN=${host}` : SUBJECTS[holder],
    dnsNames: [],
    ca: true,
    pathLength: null,
    keyUsages: ["digitalSignature", "keyCertSign", "cRLSign"],
    extendedKeyUsages: [],
    notBefore: wholeSecond(now, -YEAR),
    notAfter: wholeSecond(now, 10 * YEAR),
    hash: "SHA-256",
    extensions: [],
  };
  return { ...ca, ...leavesOut(name, host, now), ...shapes[name] };
}

/** Returns the fields in which a certificate differs from a root. */
function leavesOut(name: CertificateName | "responder", host: string, now: Date): Partial<CertificateShape> {
  const [day, month] = [wholeSecond(now, -86_400), 30 * 86_400];
  switch (name) {
    case "intermediate":
      return { pathLength: 0, extendedKeyUsages: [SERVER_AUTH, CLIENT_AUTH] };
    case "signer":
      return {
        dnsNames: [host],
        ca: false,
        keyUsages: ["digitalSignature", "keyEncipherment"],
        extendedKeyUsages: [SERVER_AUTH, CLIENT_AUTH],
        notBefore: day,
        notAfter: wholeSecond(now, YEAR + month),
      };
    case "responder":
      return {
        ca: null,
        keyUsages: ["digitalSignature"],
        extendedKeyUsages: [OCSP_SIGNING],
        notBefore: day,
        notAfter: wholeSecond(now, month),
        extensions: [{ oid: OCSP_NOCHECK, critical: false, value: new Uint8Array([5, 0]) }],
      };
    default:
      return {};
  }
}

/** id-pkix-ocsp-nocheck, a NULL (RFC 6960 §4.2.2.2.1): the responder itself is not checked for revocation. */
const OCSP_NOCHECK = "1.3.6.1.5.5.7.48.1.5";
