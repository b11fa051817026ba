/** Which action a request asks for: X-Amz-Target over POST /, as a header or, presigned, in the query, or Action there. */
import type { ApiRequest } from "./call.ts";
import { ApiError } from "./errors.ts";
import { type ActionName, isAction, TARGET_PREFIX, VERSION } from "./model.ts";
import type { Target } from "./query.ts";

/** @throws ApiError */
export function actionOf({ method, headers }: ApiRequest, { path, query }: Target): ActionName {
  if (path !== "/" && path !== "") throw new ApiError("InvalidAction", "the path is to be /");
  if (method !== "POST") throw new ApiError("InvalidAction", `the method is to be POST, not ${method}`);
  const { Action, Version } = query;
  if (Version !== undefined && Version !== VERSION) {
    throw new ApiError("InvalidParameterValue", `Version is to be ${VERSION}`);
  }
  const names = [nameIn(headers["x-amz-target"]), nameIn(hoistedTarget(query)), Action];
  const [name, ...more] = names.filter((one) => one !== undefined);
  if (name === undefined) throw new ApiError("MissingAction", "neither an X-Amz-Target nor an Action");
  if (more.length > 0) throw new ApiError("InvalidParameterCombination", "the action is named more than once");
  if (isAction(name)) return name;
  throw new ApiError("InvalidAction", `no such action: ${name.slice(0, 128)}`);
}

/** A presigned request may carry headers of AWS's in its query instead: the SDKs' presigners move them there. */
function hoistedTarget(query: Target["query"]): string | undefined {
  return Object.entries(query).find(([name]) => name.toLowerCase() === "x-amz-target")?.[1];
}

/** What stands behind the service's prefix; without that prefix all of it, which is no action's name. */
const nameIn = (target: string | undefined): string | undefined =>
  target?.startsWith(`${TARGET_PREFIX}.`) ? target.slice(TARGET_PREFIX.length + 1) : target;

/** What the request names, for the log and for faults, before anything is checked. */
export function namedAction({ headers, path }: Pick<ApiRequest, "headers" | "path">): string | null {
  const [, inQuery] = /[?&](?:Action|x-amz-target)=([\w.-]+)(?:&|$)/i.exec(path) ?? [];
  const name = (headers["x-amz-target"] ?? inQuery)?.replace(/^.*\./s, "");
  return name?.slice(0, 128) ?? null;
}
