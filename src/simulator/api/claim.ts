/**
 * Reads the claim of a request about its signer: the parts of Signature Version 4, from its Authorization header or its
 * presigned query. Nothing is verified here.
 */
import { ApiError } from "./api-errors.ts";
import type { Target } from "./query.ts";

const ALGORITHM = "AWS4-HMAC-SHA256";

export interface Claim {
  readonly form: "header" | "query";
  readonly accessKeyId: string;
  /** YYYYMMDD, region, service and "aws4_request", as claimed. */
  readonly scope: readonly string[];
  /** Lower case. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** Text such as "20261122T020000Z"; `signedAt` is the same time. */
  readonly timestamp: string;
  readonly signedAt: Date;
  readonly sessionToken: string | undefined;
  /** Seconds; only for a presigned request that has X-Amz-Expires. */
  readonly expiresIn: number | undefined;
}

/** Header names in lower case, each with one value. */
export type Headers = Readonly<Record<string, string>>;

/** Maximum lifetime of a presigned request in seconds: a week. */
const LONGEST = 604_800;

/** @throws ApiError for a request with missing or invalid parts */
export function claimOf(headers: Headers, { query }: Target): Claim {
  const presigned = Object.keys(query).some((name) =>
    /^x-amz-(algorithm|credential|signature|signedheaders)$/i.test(name),
  );
  const { authorization } = headers;
  if (authorization !== undefined && presigned) {
    throw new ApiError("InvalidParameterCombination", "both an Authorization header and a presigned query string");
  }
  if (presigned) return claimInQuery(query);
  if (authorization !== undefined) return claimInHeader(authorization, headers);
  throw new ApiError("MissingAuthenticationToken");
}

function claimInHeader(authorization: string, headers: Headers): Claim {
  const [, algorithm, rest = ""] = /^(\S+)\s*(.*)$/s.exec(authorization) ?? [];
  if (algorithm !== ALGORITHM) throw incomplete(`Unsupported AWS 'algorithm'; it must be ${ALGORITHM}.`);
  const parts = new Map<string, string>();
  for (const part of rest.split(",")) {
    const [name = "", ...value] = part.trim().split("=");
    if (parts.has(name)) throw incomplete(`Authorization header has '${name}' more than once.`);
    parts.set(name, value.join("="));
  }
  const needed = ["Credential", "SignedHeaders", "Signature"].filter((name) => (parts.get(name) ?? "") === "");
  const missing = needed.map((name) => `Authorization header requires '${name}' parameter.`);
  // X-Amz-Date overrides Date (API reference, "Common parameters").
  const timestamp = headers["x-amz-date"] ?? headers.date;
  if (timestamp === undefined) {
    missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  if (missing.length > 0) throw incomplete(missing.join(" "));
  return {
    form: "header",
    ...credential(parts.get("Credential") ?? ""),
    signedHeaders: headerNames(parts.get("SignedHeaders") ?? ""),
    signature: hex(parts.get("Signature") ?? ""),
    ...time(timestamp ?? ""),
    sessionToken: headers["x-amz-security-token"],
    expiresIn: undefined,
  };
}

function claimInQuery(query: Target["query"]): Claim {
  const needed = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature"];
  const missing = needed.filter((name) => (query[name] ?? "") === "");
  if (missing.length > 0) throw incomplete(`AWS query-string parameters must include ${missing.join(", ")}.`);
  const of = (name: string) => query[`X-Amz-${name}`] ?? "";
  if (of("Algorithm") !== ALGORITHM) throw incomplete(`Unsupported AWS 'algorithm'; it must be ${ALGORITHM}.`);
  return {
    form: "query",
    ...credential(of("Credential")),
    signedHeaders: headerNames(of("SignedHeaders")),
    signature: hex(of("Signature")),
    ...time(of("Date")),
    sessionToken: query["X-Amz-Security-Token"],
    expiresIn: lifetime(query["X-Amz-Expires"]),
  };
}

/** Returns undefined without X-Amz-Expires: not every signer sends it, and Signature Version 4 does not require it. */
function lifetime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= LONGEST) return seconds;
  throw new ApiError("InvalidParameterValue", `X-Amz-Expires must be from 1 to ${LONGEST} seconds`);
}

function credential(text: string): Pick<Claim, "accessKeyId" | "scope"> {
  const [accessKeyId = "", ...scope] = text.split("/");
  if (scope.length === 4 && accessKeyId !== "") return { accessKeyId, scope };
  throw incomplete("Credential must have exactly 5 slash-delimited elements: keyid/date/region/service/term.");
}

function headerNames(text: string): string[] {
  const names = text.split(";");
  if (names.every((name) => /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name))) return names;
  throw incomplete("SignedHeaders must be names of headers in lower case with ';' between them.");
}

function hex(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw incomplete("Signature must be 64 hexadecimal digits in lower case.");
}

function time(timestamp: string): Pick<Claim, "timestamp" | "signedAt"> {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp) ?? [];
  const [year, month, day, hour, minute, second] = parts;
  const signedAt = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (!Number.isNaN(signedAt.getTime())) return { timestamp, signedAt };
  throw incomplete("Date must be in ISO-8601 'basic format', as 20261122T020000Z.");
}

const incomplete = (message: string): ApiError => new ApiError("IncompleteSignature", message);
