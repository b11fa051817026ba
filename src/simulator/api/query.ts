/** Parses the path and query of a request line as Signature Version 4 requires: strictly, each name only once. */
import { ApiError } from "./api-errors.ts";

export interface Target {
  /** Still percent-encoded. */
  readonly path: string;
  /** Decoded. */
  readonly query: Readonly<Record<string, string>>;
}

/** @throws ApiError MalformedQueryString, or InvalidQueryParameter for a name that is given twice */
export function parseTarget(text: string): Target {
  const at = text.indexOf("?");
  if (at === -1) return { path: text, query: {} };
  const pairs = text
    .slice(at + 1)
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair): [string, string] => {
      const [name = "", ...value] = pair.split("=");
      return [decoded(name), decoded(value.join("="))];
    });
  // X-Amz-… in another case would be the same parameter, and would be overlooked.
  const seen = new Set<string>();
  for (const [name] of pairs) {
    const same = name.toLowerCase();
    if (same === "") throw new ApiError("MalformedQueryString", "a query parameter has no name");
    if (seen.has(same)) throw new ApiError("InvalidQueryParameter", `${name} is given more than once`);
    seen.add(same);
  }
  return { path: text.slice(0, at), query: Object.fromEntries(pairs) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ApiError("MalformedQueryString", `not percent-encoded UTF-8 in the query string: ${text.slice(0, 64)}`);
  }
}
