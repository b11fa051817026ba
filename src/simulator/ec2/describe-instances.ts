/** DescribeInstances (EC2 API reference): selects instances, and cuts the selection into pages. Pure. */
import type { Description } from "./description.ts";
import { Ec2Error } from "./ec2-errors.ts";
import { checkFilters, passes } from "./filters.ts";
import type { DescribeInstancesInput } from "./parameters.ts";

export interface Page {
  readonly instances: readonly Description[];
  /** Undefined on the last page. */
  readonly nextToken: string | undefined;
}

/** @throws Ec2Error */
export function describeInstances(input: DescribeInstancesInput, all: readonly Description[]): Page {
  const { instanceIds, filters, maxResults, nextToken } = input;
  checkFilters(filters);
  const named = instanceIds.length === 0 ? all : chosen(instanceIds, all);
  const found = named.filter((one) => passes(one, filters));
  const from = nextToken === undefined ? 0 : offsetOf(nextToken);
  const end = maxResults === undefined ? found.length : from + maxResults;
  return { instances: found.slice(from, end), nextToken: end < found.length ? tokenOf(end) : undefined };
}

function chosen(ids: readonly string[], all: readonly Description[]): Description[] {
  const known = new Set(all.map(({ instanceId }) => instanceId));
  const unknown = ids.filter((id) => !known.has(id));
  const malformed = unknown.find((id) => !/^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id));
  if (malformed !== undefined) {
    throw new Ec2Error("InvalidInstanceID.Malformed", `Invalid id: "${malformed.slice(0, 64)}"`);
  }
  if (unknown.length > 0) {
    const [what, verb] = unknown.length === 1 ? ["ID", "does"] : ["IDs", "do"];
    throw new Ec2Error("InvalidInstanceID.NotFound", `The instance ${what} '${unknown.join(", ")}' ${verb} not exist`);
  }
  return all.filter(({ instanceId }) => ids.includes(instanceId));
}

/** A token is the number of instances before its page. It is opaque to clients, as EC2's tokens are. */
const tokenOf = (offset: number): string => Buffer.from(`instances:${offset}`).toString("base64url");

function offsetOf(token: string): number {
  const [, offset] = /^instances:(\d{1,9})$/.exec(Buffer.from(token, "base64url").toString()) ?? [];
  if (offset === undefined) throw new Ec2Error("InvalidPaginationToken");
  return Number(offset);
}
