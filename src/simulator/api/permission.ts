/** Checks whether a principal may perform the requested action, and whether the instance can accept it. */
import type { Instance } from "../imds/instances.ts";
import { ApiError } from "./api-errors.ts";
import type { ActionName, Input } from "./model.ts";
import type { Principal } from "./principals.ts";

/** @throws ApiError */
export function checkAction({ account = "active", actions, arn }: Principal, action: ActionName): void {
  if (account === "not-subscribed") throw new ApiError("OptInRequired");
  if (account === "not-authorized") throw new ApiError("NotAuthorized");
  if (actions === undefined || actions.includes(action)) return;
  const what = `ec2-instance-connect:${action}`;
  throw new ApiError("AccessDeniedException", `User: ${arn} is not authorized to perform: ${what}`);
}

/**
 * Returns the instance that the input names, if the principal may reach it and it is running. Permission is checked first:
 * a principal that may not reach an instance does not learn whether it exists.
 * @throws ApiError
 */
export function findInstance(principal: Principal, input: Input, instances: ReadonlyMap<string, Instance>): Instance {
  const { instances: mayReach, osUsers, arn } = principal;
  const { InstanceId: id, InstanceOSUser: user, AvailabilityZone: zone } = input;
  if (mayReach?.includes(id) === false) throw new ApiError("AuthException", `${arn} may not reach ${id}`);
  if (user !== undefined && osUsers?.includes(user) === false) {
    throw new ApiError("AuthException", `${arn} may not push keys for the OS user ${user}`);
  }
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
