/** CORS (Fetch standard, "CORS protocol"): permits pages of every origin to call the API. The real service does not. */
import type { IncomingMessage } from "node:http";
import type { HttpResponse } from "../http.ts";

/** Headers of every answer: a page may read it, and the headers that SDKs read. */
export const CORS_HEADERS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "x-amzn-requestid, date, retry-after",
} as const;

/** Returns the answer to a preflight request; undefined for another request. */
export function preflight({ method, headers }: IncomingMessage): HttpResponse | undefined {
  if (method !== "OPTIONS" || headers["access-control-request-method"] === undefined) return undefined;
  const allowed = {
    "access-control-allow-methods": "POST",
    // "*" would not include Authorization.
    "access-control-allow-headers": headers["access-control-request-headers"] ?? "*",
    "access-control-max-age": "600",
  };
  return { status: 200, headers: { ...CORS_HEADERS, ...allowed }, body: Buffer.alloc(0) };
}
