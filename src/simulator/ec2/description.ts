/** An instance as DescribeInstances describes it: facts of the simulator's instance, and constants for the others. Pure. */
import { createHash } from "node:crypto";
import type { Instance, STATES } from "../imds/instances.ts";

/** EC2 API reference, InstanceState. */
const STATE_CODES = {
  pending: 0,
  running: 16,
  "shutting-down": 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const satisfies Record<(typeof STATES)[number], number>;

export interface Description {
  readonly instanceId: string;
  readonly reservationId: string;
  readonly imageId: string;
  readonly state: Instance["state"];
  readonly stateCode: number;
  readonly instanceType: string;
  /** RFC 3339. */
  readonly launchTime: string;
  readonly availabilityZone: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly networkInterfaceId: string;
  readonly architecture: "arm64" | "x86_64";
  /** "" without an address. */
  readonly privateDnsName: string;
  readonly dnsName: string;
  readonly privateAddress: string | undefined;
  readonly address: string | undefined;
  readonly ipv6Address: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** Names of the region and of AWS's domain, which are parts of host names. */
export interface Location {
  readonly region: string;
  readonly domain: string;
}

export function describe(instance: Instance, { region, domain }: Location, launched: Date): Description {
  const { id, state, type, availabilityZone, tags } = instance;
  // A stopped instance has no public address, a terminated one has none at all (EC2 user guide, "Instance lifecycle").
  const isGone = state === "terminated";
  const address = isGone || state === "stopped" ? undefined : instance.address;
  const privateAddress = isGone ? undefined : instance.privateAddress;
  return {
    instanceId: id,
    reservationId: `r-${digits(id)}`,
    imageId: `ami-${digits(region)}`,
    state,
    stateCode: STATE_CODES[state],
    instanceType: type,
    launchTime: `${launched.toISOString().slice(0, 19)}.000Z`,
    availabilityZone,
    vpcId: `vpc-${digits(region)}`,
    subnetId: `subnet-${digits(availabilityZone)}`,
    networkInterfaceId: `eni-${digits(id)}`,
    architecture: isGraviton(type) ? "arm64" : "x86_64",
    privateDnsName: privateAddress === undefined ? "" : `${dashed("ip", privateAddress)}.${privateZone(region)}`,
    dnsName: address === undefined ? "" : publicName(address, region, domain),
    privateAddress,
    address,
    ipv6Address: isGone ? undefined : instance.ipv6Address,
    tags,
  };
}

/** Returns 17 hexadecimal digits, as ids of EC2's resources have, the same for the same text. */
const digits = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 17);

/** Processors of the families a1, t4g, m6g, c7gn, …: the letter after the generation (EC2 user guide, "Instance types"). */
const isGraviton = (type: string): boolean => /^(a1|[a-z]+\d+g[a-z]*)\./.test(type);

const dashed = (prefix: string, address: string): string => `${prefix}-${address.replaceAll(".", "-")}`;

/** EC2 user guide, "EC2 instance hostnames and domains"; us-east-1 is the exception. */
const privateZone = (region: string): string =>
  region === "us-east-1" ? "ec2.internal" : `${region}.compute.internal`;

/** Returns the public DNS name. A loopback address has no name in AWS's zone, and a client must be able to connect to it. */
function publicName(address: string, region: string, domain: string): string {
  if (address.startsWith("127.")) return "localhost";
  const zone = region === "us-east-1" ? "compute-1" : `${region}.compute`;
  return `${dashed("ec2", address)}.${zone}.${domain}`;
}
