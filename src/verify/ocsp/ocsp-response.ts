/** Parses an OCSPResponse in DER (RFC 6960 §4.2.1). Parsing only: nothing is trusted here. */

import { STAPLE } from "../bounds.ts";
import { constructed, DerError, DerReader, primitive, readDer, TAG } from "../der/der.ts";
import { integerBytesOf, octetsOf, oidOf, smallIntegerOf, timeOf } from "../der/der-values.ts";
import { type AlgorithmIdentifier, readAlgorithm } from "../x509/algorithms.ts";
import { criticalExtensions } from "../x509/extensions.ts";

const ID_PKIX_OCSP_BASIC = "1.3.6.1.5.5.7.48.1.1";

/** RFC 6960 §4.2.1: an unsuccessful response contains only a status, which is not signed. */
export interface UnsuccessfulResponse {
  readonly kind: "unsuccessful";
  /** `malformedRequest`, `tryLater` … */
  readonly status: string;
}

/** ResponderID, RFC 6960 §4.2.1. */
type ResponderId =
  /** DER of the Name. */
  | { readonly kind: "name"; readonly name: Uint8Array }
  /** SHA-1 of the key's bits. */
  | { readonly kind: "key-hash"; readonly hash: Uint8Array };

export interface BasicResponse {
  readonly kind: "basic";
  /** DER of the ResponseData, which is signed. */
  readonly tbs: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  readonly responder: ResponderId;
  readonly responses: readonly SingleResponse[];
  /** DER of the included certificates, for a delegated responder. */
  readonly certificates: readonly Uint8Array[];
}

export interface SingleResponse {
  readonly certId: CertId;
  readonly status: "good" | "revoked" | "unknown";
  /** Set if the status is revoked. */
  readonly revokedAt: Date | undefined;
  readonly thisUpdate: Date;
  /** Undefined if newer information is always available (RFC 6960 §4.2.2.1): not sufficient for a staple. */
  readonly nextUpdate: Date | undefined;
}

/** CertID, RFC 6960 §4.1.1. */
export interface CertId {
  readonly hash: string;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  readonly serial: Uint8Array;
}

const STATUSES = ["successful", "malformedRequest", "internalError", "tryLater", "", "sigRequired", "unauthorized"];

/** @throws DerError for anything that is not an OCSPResponse, or that has an unknown critical extension */
export function readOcspResponse(der: Uint8Array): BasicResponse | UnsuccessfulResponse {
  const outer = DerReader.inside(der);
  const code = smallIntegerOf(outer.next(TAG.enumerated));
  const bytes = outer.optional(constructed(0));
  outer.end();

  if (code !== 0) return { kind: "unsuccessful", status: STATUSES[code] || `status ${code}` };
  if (bytes === undefined) throw new DerError("a successful response without a response");
  const response = DerReader.inside(bytes.content);
  const type = oidOf(response.next(TAG.oid));
  if (type !== ID_PKIX_OCSP_BASIC) throw new DerError(`a response of type ${type}, not basic`);
  const basic = response.next(TAG.octetString).content;
  response.end();
  return readBasic(basic);
}

function readBasic(der: Uint8Array): BasicResponse {
  const outer = DerReader.inside(der);
  const tbs = outer.next(TAG.sequence);
  const signatureAlgorithm = readAlgorithm(outer);
  const signature = octetsOf(outer.next(TAG.bitString));
  const list = outer.optional(constructed(0));
  outer.end();

  const certificates =
    list === undefined
      ? []
      : DerReader.inside(list.content).rest(TAG.sequence, STAPLE.responders, "certificates in it");

  const data = new DerReader(tbs.content);
  const version = data.optional(constructed(0));
  if (version !== undefined && smallIntegerOf(readDer(version.content, TAG.integer)) !== 0) {
    throw new DerError("a response that is not version 1");
  }
  const responder = readResponder(data);
  timeOf(data.next(TAG.generalizedTime)); // producedAt: irrelevant for validity (RFC 6960)
  const responses = data
    .enter()
    .rest(TAG.sequence, STAPLE.answers, "answers in it")
    .map(({ content }) => readSingle(content));
  refuseCritical(data);
  data.end();

  return {
    kind: "basic",
    tbs: tbs.bytes,
    signatureAlgorithm,
    signature,
    responder,
    responses,
    certificates: certificates.map(({ bytes }) => bytes),
  };
}

/** Parses a ResponderID: `[1] Name` or `[2] KeyHash`, both EXPLICIT. */
function readResponder(data: DerReader): ResponderId {
  const name = data.optional(constructed(1));
  if (name !== undefined) return { kind: "name", name: readDer(name.content, TAG.sequence).bytes };
  return { kind: "key-hash", hash: readDer(data.next(constructed(2)).content, TAG.octetString).content };
}

function readSingle(content: Uint8Array): SingleResponse {
  const fields = new DerReader(content);
  const certId = readCertId(fields.enter());
  const { status, revokedAt } = readStatus(fields);
  const thisUpdate = timeOf(fields.next(TAG.generalizedTime));
  const next = fields.optional(constructed(0));
  const nextUpdate = next && timeOf(readDer(next.content, TAG.generalizedTime));
  refuseCritical(fields);
  fields.end();
  return { certId, status, revokedAt, thisUpdate, nextUpdate };
}

function readCertId(fields: DerReader): CertId {
  const { oid: hash } = readAlgorithm(fields);
  const issuerNameHash = fields.next(TAG.octetString).content;
  const issuerKeyHash = fields.next(TAG.octetString).content;
  const serial = integerBytesOf(fields.next(TAG.integer));
  fields.end();
  return { hash, issuerNameHash, issuerKeyHash, serial };
}

/** Parses a CertStatus: good `[0] NULL`, revoked `[1] RevokedInfo`, unknown `[2] NULL`, all IMPLICIT. */
function readStatus(fields: DerReader): Pick<SingleResponse, "status" | "revokedAt"> {
  const { tag, content } = fields.any();
  if (tag === primitive(0) && content.length === 0) return { status: "good", revokedAt: undefined };
  if (tag === primitive(2) && content.length === 0) return { status: "unknown", revokedAt: undefined };
  if (tag !== constructed(1)) throw new DerError("an unknown certificate status");
  const info = new DerReader(content);
  const revokedAt = timeOf(info.next(TAG.generalizedTime));
  info.optional(constructed(0)); // the reason, which is ignored: the certificate is revoked in any case
  info.end();
  return { status: "revoked", revokedAt };
}

/** Refuses critical extensions in `[1]`: if not understood, they change what the answer means (RFC 5280 §4.2). */
function refuseCritical(fields: DerReader): void {
  const list = fields.optional(constructed(1));
  if (list === undefined) return;
  const [critical] = criticalExtensions(readDer(list.content, TAG.sequence));
  if (critical !== undefined) throw new DerError(`the critical extension ${critical}`);
}
