/** Checks whether a serial console session can start on an instance. */
import { type Instance, isNitro } from "../imds/instances.ts";
import { ApiError } from "./api-errors.ts";

/** @throws ApiError for the first obstacle */
export function checkSerialConsole({ id, type, serialConsole }: Instance): void {
  if (serialConsole === "disabled") throw new ApiError("SerialConsoleAccessDisabledException");
  if (!isNitro(type)) {
    throw new ApiError("EC2InstanceTypeInvalidException", `${id} is a ${type}, which is not built on Nitro`);
  }
  switch (serialConsole) {
    case "unsupported":
      throw new ApiError("SerialConsoleSessionUnsupportedException");
    case "active":
      throw new ApiError("SerialConsoleSessionLimitExceededException");
    case "unavailable":
      throw new ApiError("SerialConsoleSessionUnavailableException");
    case "enabled":
      return;
    default:
      serialConsole satisfies never;
  }
}
