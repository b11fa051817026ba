/**
 * Verifies Signature Version 4: signs the received request again with the known secret, with AWS's own library, and
 * compares both signatures. The only file that uses @smithy/signature-v4.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
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

/** Checks whether `claim` has exactly the signature that the secret's owner would make for `request`. */
export async function isSignedWith(request: Received, claim: Claim, secret: string): Promise<boolean> {
  const [, region = ""] = claim.scope;
  const credentials = { accessKeyId: claim.accessKeyId, secretAccessKey: secret };
  const signer = new SignatureV4({ service: SERVICE, region, credentials, sha256: Sha256, applyChecksum: false });
  const made = claim.form === "header" ? await inHeader(signer, request, claim) : await inQuery(signer, request, claim);
  return timingSafeEqual(digest(made), digest(claim.signature));
}

/** Checks that the header with the body's hash, if present, is correct: the library would trust the header. */
export function hasSaidBody({ headers, body }: Received): boolean {
  const said = headers["x-amz-content-sha256"];
  return said === undefined || said === createHash("sha256").update(body).digest("hex");
}

async function inHeader(signer: SignatureV4, request: Received, claim: Claim): Promise<string> {
  const signableHeaders = new Set(claim.signedHeaders);
  const { headers } = await signer.sign(plain(request, claim), { signingDate: claim.signedAt, signableHeaders });
  return headers.authorization?.replace(/^.*Signature=/s, "") ?? "";
}

async function inQuery(signer: SignatureV4, request: Received, claim: Claim): Promise<string> {
  const signed = new Set(claim.signedHeaders);
  const { query } = await signer.presign(plain(request, claim), {
    signingDate: claim.signedAt,
    expiresIn: claim.expiresIn ?? 0,
    signableHeaders: signed,
    // Headers that were signed as headers must stay headers.
    unhoistableHeaders: signed,
  });
  return String(query?.["X-Amz-Signature"]);
}

/** Returns the request as it was before the client signed it: only with the signed headers. */
function plain({ method, path, query, headers, body }: Received, { signedHeaders }: Claim) {
  const signed = signedHeaders.flatMap((name): [string, string][] => {
    const value = headers[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    protocol: "http:",
    hostname: headers.host ?? "",
    method,
    path,
    body,
    headers: Object.fromEntries(signed),
    query: { ...query },
  };
}

/** Hashes a text to a fixed length, so that the time of a comparison does not depend on the request. */
const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
