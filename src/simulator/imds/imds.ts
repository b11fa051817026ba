/**
 * The instance metadata service as a pure function from request to response: IMDSv2 only, and only the paths that EC2
 * Instance Connect needs. No sockets; the time is a parameter.
 */
import { errorPage, type HttpRequest, type HttpResponse } from "../http.ts";
import { MAX_TTL, MIN_TTL, type Tokens } from "./tokens.ts";

export type MetadataRequest = HttpRequest;
export type MetadataResponse = HttpResponse;

/** Source of the values. */
export interface MetadataSource {
  readonly tokens: Tokens;
  readonly instanceId: string;
  readonly availabilityZone: string;
  readonly region: string;
  readonly domain: string;
  readonly partition: string;
  /** Returns the user's key document; undefined if the user has no live key. */
  document(user: string): Buffer | undefined;
  readonly authority: {
    readonly servedPem: string;
    stapleNames(): string[];
    staple(name: string): Buffer | undefined;
  };
}

const TOKEN = "/latest/api/token";
const DATA = "/latest/meta-data/";
const KEYS = "managed-ssh-keys/active-keys/";
const STAPLES = "managed-ssh-keys/signer-ocsp/";
const TTL_HEADER = "x-aws-ec2-metadata-token-ttl-seconds";
const TOKEN_HEADER = "x-aws-ec2-metadata-token";

export function answer(request: MetadataRequest, source: MetadataSource, now: Date): MetadataResponse {
  const path = request.path.replace(/\?.*$/s, "");
  if (path === TOKEN) return tokenFor(request, source.tokens, now);
  if (request.method !== "GET" && request.method !== "HEAD") return refusal(405, now);

  const token = request.headers[TOKEN_HEADER];
  if (typeof token !== "string" || !source.tokens.isValid(token, now)) return refusal(401, now);
  const value = path.startsWith(DATA) ? valueAt(path.slice(DATA.length), source) : undefined;
  return value === undefined ? refusal(404, now) : found(value, now);
}

function tokenFor({ method, headers }: MetadataRequest, tokens: Tokens, now: Date): MetadataResponse {
  if (method !== "PUT") return refusal(405, now);
  // A request that came through a proxy is refused, so that an open proxy on the instance does not give away tokens.
  if (headers["x-forwarded-for"] !== undefined) return refusal(403, now);
  const text = headers[TTL_HEADER];
  const ttl = typeof text === "string" && /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (ttl < MIN_TTL || ttl > MAX_TTL) return refusal(400, now);
  return found(Buffer.from(tokens.issue(ttl, now)), now, { [TTL_HEADER]: String(ttl) });
}

/** Returns the value at `path` below meta-data/. A final slash makes no difference. */
function valueAt(path: string, source: MetadataSource): Buffer | undefined {
  const name = path.replace(/\/$/, "");
  if (name.startsWith(KEYS)) return documentAt(name.slice(KEYS.length), source);
  if (name.startsWith(STAPLES)) return source.authority.staple(name.slice(STAPLES.length));
  const text = textOf(name, source);
  return text === undefined ? undefined : Buffer.from(text);
}

function textOf(name: string, source: MetadataSource): string | undefined {
  switch (name) {
    case "instance-id":
      return source.instanceId;
    case "placement/availability-zone":
      return source.availabilityZone;
    case "placement/region":
      return source.region;
    case "services/domain":
      return source.domain;
    case "services/partition":
      return source.partition;
    case "managed-ssh-keys/signer-cert":
      return source.authority.servedPem;
    case "managed-ssh-keys/signer-ocsp":
      return source.authority.stapleNames().join("\n");
    default:
      return undefined;
  }
}

function documentAt(segment: string, source: MetadataSource): Buffer | undefined {
  const user = userIn(segment);
  return user === undefined ? undefined : source.document(user);
}

/** Returns the user in a percent-encoded path segment; undefined if it is not one segment or not UTF-8. */
export function userIn(segment: string): string | undefined {
  if (segment === "" || segment.includes("/")) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

const common = (now: Date) => ({ server: "EC2ws", date: now.toUTCString() });

export function found(body: Buffer, now: Date, headers: Record<string, string> = {}): MetadataResponse {
  return { status: 200, headers: { ...common(now), "content-type": "text/plain", ...headers }, body };
}

/** Returns an error response. Its body is an error page, as in the real service. */
export function refusal(status: number, now: Date): MetadataResponse {
  return { status, headers: { ...common(now), "content-type": "text/html" }, body: errorPage(status) };
}
