/**
 * Verifies Signature Version 4: signs the received request again with the known secret, with AWS's own library, and
 * compares both signatures. The only file that uses @smithy/signature-v4.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import {
  ALGORITHM_IDENTIFIER as ALGORITHM,
  getCanonicalHeaders,
  getPayloadHash,
  SignatureV4,
} from "@smithy/signature-v4";
import type { Claim, Headers } from "./claim.ts";
import type { Target } from "./query.ts";

export const SERVICE = "ec2-instance-connect";

/** The hash for the library, with the interface that it requires: SHA-256, or HMAC with SHA-256 if there is a secret. */
class Sha256 {
  private readonly hash: { update(data: Uint8Array): unknown; digest(): Buffer };

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }

  update(data: Uint8Array): void {
    this.hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }

  reset(): never {
    throw new Error("the library never asks for this");
  }
}

const bytesOf = (data: string | ArrayBuffer | ArrayBufferView): Buffer => {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
};

export interface Received extends Target {
  readonly method: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/**
 * The library's signer, applied to a request as it was received. Its own `sign` and `presign` are for requests that are not
 * signed yet: they remove Date, and presign() adds X-Amz-Expires.
 */
class Recalculation extends SignatureV4 {
  /** Returns the signature of `request`, as 64 hexadecimal digits, for the scope and the signed headers of `claim`. */
  async signatureOf({ method, path, query, headers, body }: Received, claim: Claim): Promise<string> {
    const request = { method, path, query, headers, body, protocol: "http:", hostname: headers.host ?? "" };
    // Without the set the library leaves out some headers, such as User-Agent.
    const signable = new Set(claim.signedHeaders);
    const signed = { ...request, headers: signedOf(headers, claim) };
    const canonicalHeaders = getCanonicalHeaders(signed, undefined, signable);
    const payloadHash = await getPayloadHash(request, this.sha256);
    const canonical = this.createCanonicalRequest(request, canonicalHeaders, payloadHash);
    const toSign = await this.createStringToSign(claim.timestamp, claim.scope.join("/"), canonical, ALGORITHM);
    return this.sign(toSign, { signingDate: claim.signedAt });
  }
}

/** Checks whether `claim` has exactly the signature that the secret's owner would make for `request`. */
export async function isSignedWith(request: Received, claim: Claim, secret: string): Promise<boolean> {
  const [, region = "", service = ""] = claim.scope;
  const credentials = { accessKeyId: claim.accessKeyId, secretAccessKey: secret };
  const signer = new Recalculation({ service, region, credentials, sha256: Sha256, applyChecksum: false });
  if (!hasCanonicalNames(request, claim)) return false;
  return timingSafeEqual(digest(await signer.signatureOf(request, claim)), digest(claim.signature));
}

/** Checks that the header with the body's hash, if present, is correct: the library would trust the header. */
export function hasSaidBody({ headers, body }: Received): boolean {
  const said = headers["x-amz-content-sha256"];
  return said === undefined || said === createHash("sha256").update(body).digest("hex");
}

/**
 * Checks whether the claim has the names of its signed headers as the canonical request has them: sorted, each once, and
 * each of a header of the request. The library would recalculate the same signature for another list.
 */
function hasCanonicalNames({ headers }: Received, { signedHeaders }: Claim): boolean {
  const canonical = Object.keys(signedOf(headers, { signedHeaders })).sort();
  return canonical.join(";") === signedHeaders.join(";");
}

/** Returns the signed headers of a request. A name that the request does not have is left out. */
const signedOf = (headers: Headers, { signedHeaders }: Pick<Claim, "signedHeaders">): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => signedHeaders.includes(name)));

/** Hashes a text to a fixed length, so that the time of a comparison does not depend on the request. */
const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
