/** Makes one OCSP response (RFC 6960 §4.2.1) from a description. The only file that uses @peculiar/asn1-ocsp. */
import { createHash } from "node:crypto";
import * as ocsp from "@peculiar/asn1-ocsp";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier, Certificate as Asn1Certificate, CRLReason, CRLReasons } from "@peculiar/asn1-x509";
import { wholeSecond } from "../clock.ts";
import { type Certificate, publicKeyBits } from "./certificates.ts";
import { type HashName, type KeyPair, signStaple } from "./key-pairs.ts";

/** Content of a staple. Any part can be made wrong on purpose. */
export interface StapleShape {
  status: "good" | "revoked" | "unknown";
  /** "stale": its nextUpdate is in the past; "early": its thisUpdate is in the future; "endless": it has no nextUpdate. */
  age: "current" | "stale" | "early" | "endless";
  responseStatus: "successful" | "malformedRequest" | "internalError" | "tryLater" | "sigRequired" | "unauthorized";
  certIdHash: "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";
  /** The signer: the issuer of the certificate, or a responder whose certificate is included. */
  responder: "issuer" | "delegated";
  responderId: "name" | "key";
  /** Hash algorithm of the signature. */
  hash: HashName;
  /** Serial number in hex: the staple is about another certificate of the same issuer. */
  serial: string | null;
  /** "signature": one bit of it flipped; "truncated": half of the response; "unsigned": an empty signature. */
  damage: "none" | "signature" | "truncated" | "unsigned";
}

/** The parties of one response. `inside`: whether it includes the delegated responder's certificate. */
export interface StapleParties {
  readonly subject: Certificate;
  readonly issuer: { readonly certificate: Certificate; readonly key: KeyPair };
  readonly responder: { readonly certificate: Certificate; readonly key: KeyPair; readonly inside: boolean };
}

/** Seconds: a staple is valid from an hour before it is made, and for a week, like the staples of public CAs. */
const STAPLE_BEGINS = -3600;
export const STAPLE_LASTS = 7 * 86_400;

export function makeStaple(shape: StapleShape, cast: StapleParties, at: Date): Buffer {
  if (shape.responseStatus !== "successful") {
    const responseStatus = ocsp.OCSPResponseStatus[shape.responseStatus];
    return encoded(new ocsp.OCSPResponse({ responseStatus }));
  }
  const response = encoded(
    new ocsp.OCSPResponse({
      responseBytes: new ocsp.ResponseBytes({
        responseType: ocsp.id_pkix_ocsp_basic,
        response: new OctetString(encoded(basicResponse(shape, cast, at))),
      }),
    }),
  );
  return shape.damage === "truncated" ? response.subarray(0, response.length >> 1) : response;
}

function basicResponse(shape: StapleShape, cast: StapleParties, at: Date): ocsp.BasicOCSPResponse {
  const { certificate, key, inside } = cast.responder;
  const tbsResponseData = new ocsp.ResponseData({
    responderID: new ocsp.ResponderID(
      shape.responderId === "name"
        ? { byName: asn1(certificate).tbsCertificate.subject }
        : { byKey: new ocsp.KeyHash(hashed("SHA-1", publicKeyBits(key))) },
    ),
    producedAt: wholeSecond(at),
    responses: [singleResponse(shape, cast, at)],
  });
  const signature = signStaple(key, encoded(tbsResponseData), shape.hash);
  if (shape.damage === "signature") signature[signature.length >> 1] = (signature[signature.length >> 1] ?? 0) ^ 1;
  return new ocsp.BasicOCSPResponse({
    tbsResponseData,
    signatureAlgorithm: signatureAlgorithm(key, shape.hash),
    signature: new Uint8Array(shape.damage === "unsigned" ? [] : signature).buffer,
    ...(inside ? { certs: [asn1(certificate)] } : {}),
  });
}

function singleResponse(shape: StapleShape, { subject, issuer }: StapleParties, at: Date): ocsp.SingleResponse {
  const begins = { current: STAPLE_BEGINS, stale: STAPLE_BEGINS - STAPLE_LASTS, early: 3600, endless: STAPLE_BEGINS };
  const thisUpdate = wholeSecond(at, begins[shape.age]);
  const certID = new ocsp.CertID({
    hashAlgorithm: new AlgorithmIdentifier({ algorithm: HASH_OIDS[shape.certIdHash], parameters: NULL }),
    issuerNameHash: new OctetString(hashed(shape.certIdHash, encoded(asn1(issuer.certificate).tbsCertificate.subject))),
    issuerKeyHash: new OctetString(hashed(shape.certIdHash, publicKeyBits(issuer.key))),
    serialNumber: new Uint8Array(Buffer.from(shape.serial ?? subject.serial, "hex")).buffer,
  });
  const nextUpdate = wholeSecond(thisUpdate, STAPLE_LASTS);
  return new ocsp.SingleResponse({
    certID,
    certStatus: certStatus(shape.status, wholeSecond(thisUpdate)),
    thisUpdate,
    ...(shape.age === "endless" ? {} : { nextUpdate }),
  });
}

function certStatus(status: StapleShape["status"], revocationTime: Date): ocsp.CertStatus {
  if (status === "good") return new ocsp.CertStatus({ good: null });
  if (status === "unknown") return new ocsp.CertStatus({ unknown: null });
  const revocationReason = new CRLReason(CRLReasons.keyCompromise);
  return new ocsp.CertStatus({ revoked: new ocsp.RevokedInfo({ revocationTime, revocationReason }) });
}

/** DER of NULL: the parameters of hash and RSA algorithm identifiers (RFC 4055 §2.1, §5); ECDSA has none. */
const NULL = new Uint8Array([5, 0]).buffer;
const HASH_OIDS: Record<HashName, string> = {
  "SHA-1": "1.3.14.3.2.26",
  "SHA-256": "2.16.840.1.101.3.4.2.1",
  "SHA-384": "2.16.840.1.101.3.4.2.2",
  "SHA-512": "2.16.840.1.101.3.4.2.3",
};
const RSA_OIDS = { "SHA-1": 5, "SHA-256": 11, "SHA-384": 12, "SHA-512": 13 };
const ECDSA_OIDS = { "SHA-1": "1", "SHA-256": "3.2", "SHA-384": "3.3", "SHA-512": "3.4" };

const signatureAlgorithm = (key: KeyPair, hash: HashName): AlgorithmIdentifier =>
  key.kind.startsWith("ec-")
    ? new AlgorithmIdentifier({ algorithm: `1.2.840.10045.4.${ECDSA_OIDS[hash]}` })
    : new AlgorithmIdentifier({ algorithm: `1.2.840.113549.1.1.${RSA_OIDS[hash]}`, parameters: NULL });

const asn1 = (certificate: Certificate): Asn1Certificate => AsnConvert.parse(certificate.der, Asn1Certificate);
const encoded = (object: unknown): Buffer => Buffer.from(AsnConvert.serialize(object));
const hashed = (hash: HashName, bytes: Uint8Array): Buffer =>
  createHash(hash.replace("-", "").toLowerCase()).update(bytes).digest();
