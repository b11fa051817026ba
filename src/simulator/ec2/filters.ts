/**
 * Filters of DescribeInstances (EC2 API reference, DescribeInstances and Filter): those for facts that the simulator has.
 * Values of one filter are joined with OR, filters with AND; * and ? are wildcards. Pure.
 */
import type { Description } from "./description.ts";
import { Ec2Error } from "./ec2-errors.ts";

export interface Filter {
  readonly name: string;
  readonly values: readonly string[];
}

/** Values of an instance for each filter; an instance without a value does not match. */
const VALUES: Readonly<Record<string, (of: Description) => readonly (string | undefined)[]>> = {
  architecture: (of) => [of.architecture],
  "availability-zone": (of) => [of.availabilityZone],
  "dns-name": (of) => [of.dnsName],
  "image-id": (of) => [of.imageId],
  "instance-id": (of) => [of.instanceId],
  "instance-state-code": (of) => [String(of.stateCode)],
  "instance-state-name": (of) => [of.state],
  "instance-type": (of) => [of.instanceType],
  "ip-address": (of) => [of.address],
  "ipv6-address": (of) => [of.ipv6Address],
  "network-interface.addresses.association.public-ip": (of) => [of.address],
  "network-interface.addresses.private-ip-address": (of) => [of.privateAddress],
  "network-interface.ipv6-addresses.ipv6-address": (of) => [of.ipv6Address],
  "network-interface.network-interface-id": (of) => [of.networkInterfaceId],
  "private-dns-name": (of) => [of.privateDnsName],
  "private-ip-address": (of) => [of.privateAddress],
  "reservation-id": (of) => [of.reservationId],
  "subnet-id": (of) => [of.subnetId],
  "tag-key": (of) => Object.keys(of.tags),
  "tag-value": (of) => Object.values(of.tags),
  "vpc-id": (of) => [of.vpcId],
};

/** @returns the names of all filters; tag:KEY is one, too */
export const filterNames = (): string[] => Object.keys(VALUES);

/** Maximum characters of a value, and values of a call (EC2 user guide, "Filtering considerations"). */
const MAX_VALUE = 255;
const MAX_VALUES = 200;

/** @throws Ec2Error for a filter that does not exist here, or too many or too long values */
export function checkFilters(filters: readonly Filter[]): void {
  for (const { name } of filters) {
    if (valuesOf(name) === undefined) throw new Ec2Error("InvalidParameterValue", `The filter '${name}' is invalid`);
  }
  const values = filters.flatMap((one) => one.values);
  if (values.length > MAX_VALUES) throw new Ec2Error("FilterLimitExceeded");
  if (values.some((value) => value.length > MAX_VALUE)) {
    throw new Ec2Error("FilterLimitExceeded", `The maximum length for a filter value is ${MAX_VALUE} characters`);
  }
}

/** Checks whether an instance matches every filter. */
export function passes(description: Description, filters: readonly Filter[]): boolean {
  return filters.every(({ name, values }) => {
    const own = valuesOf(name)?.(description) ?? [];
    return values.some((value) => own.some((one) => one !== undefined && pattern(value).test(one)));
  });
}

function valuesOf(name: string): ((of: Description) => readonly (string | undefined)[]) | undefined {
  if (Object.hasOwn(VALUES, name)) return VALUES[name];
  if (!name.startsWith("tag:") || name === "tag:") return undefined;
  return ({ tags }) => (Object.hasOwn(tags, name.slice(4)) ? [tags[name.slice(4)]] : []);
}

/** Returns a value as a regular expression: * for any characters, ? for one, \ before either takes it literally. */
function pattern(value: string): RegExp {
  const parts = value.match(/\\[\s\S]|[\s\S]/gu) ?? [];
  const source = parts.map((part) => {
    if (part === "*") return ".*";
    if (part === "?") return ".";
    return (part.length > 1 && part.startsWith("\\") ? part.slice(1) : part).replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  });
  return new RegExp(`^${source.join("")}$`, "su");
}
