/** Finds the action of a POST / request: X-Amz-Target in a header or in a presigned query, or Action in the query. */

import { ApiError } from "./api-errors.ts";
import { type ActionName, isAction, TARGET_PREFIX, VERSION } from "./model.ts";
import type { Target } from "./query.ts";
import type { ApiRequest } from "./request.ts";

const PREFIX = `${TARGET_PREFIX}.`;

/** @throws ApiError */
export function actionOf({ method, headers }: ApiRequest, { path, query }: Target): ActionName {
  if (path !== "/" && path !== "") throw new ApiError("InvalidAction", "the path must be /");
  if (method !== "POST") throw new ApiError("InvalidAction", `the method must be POST, not ${method}`);
  const { Action, Version } = query;
  if (Version !== undefined && Version !== VERSION) {
    throw new ApiError("InvalidParameterValue", `Version must be ${VERSION}`);
  }
  const targets = [
    headers["x-amz-target"],
    hoistedTarget(query),
    Action === undefined ? undefined : `${PREFIX}${Action}`,
  ];
  const [target, ...more] = targets.filter((one) => one !== undefined);
  if (target === undefined) throw new ApiError("MissingAction", "neither an X-Amz-Target nor an Action");
  if (more.length > 0) throw new ApiError("InvalidParameterCombination", "the action is named more than once");
  // Without the prefix, a target does not name an action of this service.
  const name = target.startsWith(PREFIX) ? target.slice(PREFIX.length) : undefined;
  if (name !== undefined && isAction(name)) return name;
  throw new ApiError("InvalidAction", `no such action: ${(name ?? target).slice(0, 128)}`);
}

/** Returns X-Amz-Target from the query of a presigned request: the SDKs' presigners move AWS's headers there. */
function hoistedTarget(query: Target["query"]): string | undefined {
  return Object.entries(query).find(([name]) => name.toLowerCase() === "x-amz-target")?.[1];
}

/** Returns the action that the request names, for the log and for faults, before any check. */
export function namedAction({ headers, path }: Pick<ApiRequest, "headers" | "path">): string | null {
  const [, inQuery] = /[?&](?:Action|x-amz-target)=([\w.-]+)(?:&|$)/i.exec(path) ?? [];
  const name = (headers["x-amz-target"] ?? inQuery)?.replace(/^.*\./s, "");
  return name?.slice(0, 128) ?? null;
}
