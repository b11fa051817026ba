/** Reads a call's input, unchecked: the JSON body, or the query of a presigned request without a body. */
import { ApiError } from "./api-errors.ts";
import { type ActionName, inputOfQuery } from "./model.ts";
import type { Target } from "./query.ts";

/** @throws ApiError ValidationError if the body is not a JSON object */
export function inputGiven(action: ActionName, body: Buffer, query: Target["query"]): Record<string, unknown> {
  const inQuery = inputOfQuery(action, query);
  if (Object.keys(inQuery).length === 0) return objectIn(body);
  if (body.length === 0) return inQuery;
  throw new ApiError("InvalidParameterCombination", "both a body and members in the query");
}

function objectIn(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new ApiError("ValidationError", "the body is not JSON in UTF-8");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ApiError("ValidationError", "the body is not a JSON object");
}
