/** Checks whether a principal may perform the requested action, and whether the instance can accept it. */
import type { Instance } from "../imds/instances.ts";
import { ApiError } from "./api-errors.ts";
import type { ActionName, Input } from "./model.ts";
import type { PermittedAction, Principal } from "./principals.ts";

/** @throws ApiError */
export function checkAction({ account = "active", actions, arn }: Principal, action: PermittedAction): void {
  if (account === "not-subscribed") throw new ApiError("OptInRequired");
  if (account === "not-authorized") throw new ApiError("NotAuthorized");
  if (actions === undefined || actions.includes(action)) return;
  throw new ApiError("AccessDeniedException", iamDenial(arn, action));
}

/**
 * Returns IAM's message for a call that no policy of the principal allows (IAM user guide, "Troubleshoot access denied
 * error messages").
 * @param resource ARN of the resource, if the call has named it
 */
function iamDenial(arn: string, action: PermittedAction, resource?: string): string {
  const what = `${action === "DescribeInstances" ? "ec2" : "ec2-instance-connect"}:${action}`;
  const on = resource === undefined ? "" : ` on resource: ${resource}`;
  return `User: ${arn} is not authorized to perform: ${what}${on} because no identity-based policy allows the ${what} action`;
}

/** An action and its input, on behalf of a principal. */
export interface Call {
  readonly principal: Principal;
  readonly action: ActionName;
  readonly input: Input;
  readonly region: string;
}

/**
 * Returns the instance that the input names, if the principal may reach it and it is running. Permission is checked first:
 * a principal that may not reach an instance does not learn whether it exists.
 * @throws ApiError
 */
export function findInstance(call: Call, instances: ReadonlyMap<string, Instance>): Instance {
  const { InstanceId: id, AvailabilityZone: zone } = call.input;
  checkResource(call);
  const instance = instances.get(id);
  if (instance === undefined) throw new ApiError("EC2InstanceNotFoundException", `there is no instance ${id}`);
  if (zone !== undefined && zone !== instance.availabilityZone) {
    throw new ApiError("EC2InstanceNotFoundException", `there is no instance ${id} in ${zone}`);
  }
  if (instance.state !== "running") {
    throw new ApiError("EC2InstanceStateInvalidException", `${id} is ${instance.state}, not running`);
  }
  if (!instance.available) throw new ApiError("EC2InstanceUnavailableException");
  return instance;
}

/** Checks the instance and the OS user. IAM's message names the instance only: the OS user is a condition of a policy. */
function checkResource({ principal, action, input, region }: Call): void {
  const { instances, osUsers, arn, deniedWith = "AccessDeniedException" } = principal;
  const { InstanceId: id, InstanceOSUser: user } = input;
  const mayReach = instances === undefined || instances.includes(id);
  const mayPush = user === undefined || osUsers === undefined || osUsers.includes(user);
  if (mayReach && mayPush) return;
  if (deniedWith === "AuthException") {
    const what = mayReach ? `push keys for the OS user ${user}` : `reach ${id}`;
    throw new ApiError(deniedWith, `${arn} may not ${what}`);
  }
  const [, partition = "", , , account = ""] = arn.split(":");
  const instance = `arn:${partition}:ec2:${region}:${account}:instance/${id}`;
  throw new ApiError(deniedWith, iamDenial(arn, action, instance));
}
