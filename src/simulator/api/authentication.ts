/**
 * Authenticates a request: from its claim to the principal whose secret signed it. The order of checks is documented in
 * docs/simulator.md. The time is checked before the signature, because messages about the time are more useful and do not
 * reveal a secret.
 */
import { timingSafeEqual } from "node:crypto";
import { ApiError } from "./api-errors.ts";
import { type Claim, claimOf } from "./claim.ts";
import type { Principal } from "./principals.ts";
import { hasSaidBody, isSignedWith, type Received } from "./sigv4.ts";

/**
 * Milliseconds by which a request's time may be off (API reference, RequestExpired). Also the lifetime of a presigned request
 * without X-Amz-Expires.
 */
const TOLERANCE = 15 * 60_000;

/** Where requests must be signed for: the scope of their credentials. */
export interface SigningScope {
  readonly region: string;
  /** "ec2-instance-connect" or "ec2". */
  readonly service: string;
}

/** @throws ApiError if any part of the claim is not proven */
export async function authenticated(
  request: Received,
  principals: ReadonlyMap<string, Principal>,
  signedFor: SigningScope,
  now: Date,
): Promise<Principal> {
  const claim = claimOf(request.headers, request);
  const principal = principals.get(claim.accessKeyId);
  if (principal === undefined || !isSame(principal.sessionToken ?? "", claim.sessionToken ?? "")) {
    throw new ApiError("InvalidClientTokenId");
  }
  checkScope(claim, signedFor);
  checkSignedHeaders(request, claim);
  checkTime(claim, now);
  if (!hasSaidBody(request)) throw invalid("The provided 'x-amz-content-sha256' header does not match the body.");
  if (!(await isSignedWith(request, claim, principal.secretAccessKey))) {
    throw new ApiError("InvalidSignatureException");
  }
  return principal;
}

function checkScope({ scope, timestamp }: Claim, { region, service }: SigningScope): void {
  const [date = "", claimedRegion = "", claimedService = "", term = ""] = scope;
  if (date !== timestamp.slice(0, 8)) {
    throw invalid("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.");
  }
  if (claimedRegion !== region) throw invalid(`Credential should be scoped to a valid region: ${region}.`);
  if (claimedService !== service) throw invalid(`Credential should be scoped to correct service: '${service}'.`);
  if (term !== "aws4_request") throw invalid("Credential should be scoped with a valid terminator: 'aws4_request'.");
}

/** Checks that all headers that affect the call are signed: the host, and every x-amz- header. */
function checkSignedHeaders({ headers }: Received, { signedHeaders }: Claim): void {
  const needed = ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))];
  const unsigned = needed.filter((name) => !signedHeaders.includes(name));
  if (unsigned.length > 0) throw invalid(`'${unsigned.join("', '")}' must be a 'SignedHeader'.`);
}

function checkTime({ timestamp, signedAt, expiresIn }: Claim, now: Date): void {
  const early = signedAt.getTime() > now.getTime() + TOLERANCE;
  const allowed = expiresIn === undefined ? TOLERANCE : expiresIn * 1000;
  const late = now.getTime() > signedAt.getTime() + allowed;
  if (!early && !late) return;
  const at = now.toISOString().replace(/[-:]|\.\d+/g, "");
  const what = early ? "Signature not yet current" : "Signature expired";
  throw new ApiError("RequestExpired", `${what}: ${timestamp}, and it is ${at}`);
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

const invalid = (message: string): ApiError => new ApiError("InvalidSignatureException", message);
