/** AWS's SDK for EC2 as the client of a simulator with instances of many kinds. */
import {
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  EC2Client,
  EC2ServiceException,
  type Instance,
} from "@aws-sdk/client-ec2";
import type { Credentials } from "../../src/simulator/api/principals.ts";
import type { InstanceOptions } from "../../src/simulator/imds/instances.ts";
import type { SimulatorOptions } from "../../src/simulator/simulator.ts";
import { simulated } from "../support/simulated.ts";

export const id = (number: number): string => `i-${number.toString(16).padStart(17, "0")}`;

/** One with everything, one stopped, one terminated, and some more for pages. */
export const instances: readonly [InstanceOptions, ...InstanceOptions[]] = [
  {
    id: id(1),
    availabilityZone: "eu-west-1b",
    type: "m7g.large",
    address: "203.0.113.7",
    privateAddress: "10.1.2.3",
    ipv6Address: "2001:db8::7",
    tags: { Name: "web <1> & co", team: "a*b" },
  },
  { id: id(2), state: "stopped", address: "203.0.113.8", privateAddress: "172.31.0.11", tags: { Name: "web 2" } },
  { id: id(3), state: "terminated", address: "203.0.113.9" },
  ...Array.from({ length: 9 }, (_, index): InstanceOptions => ({ id: id(index + 4), type: "t3.small" })),
];

const OPTIONS: SimulatorOptions = {
  authority: { caKey: "ec-p256" },
  region: "eu-west-1",
  instances,
  principals: [
    { arn: "arn:aws:sts::111122223333:assumed-role/Admin/alice" },
    { arn: "arn:aws:iam::111122223333:user/bob", actions: ["SendSSHPublicKey"] },
    { arn: "arn:aws:iam::111122223333:user/carol", account: "not-subscribed" },
  ],
};

/** Starts a simulator with these instances for a test file. @returns it, and functions that call its DescribeInstances */
export function ec2World() {
  const world = simulated(OPTIONS);

  function client(credentials: Credentials = world().simulator.credentials): EC2Client {
    const { apiEndpoint: endpoint, region } = world().simulator;
    return new EC2Client({ endpoint, region, credentials, maxAttempts: 1 });
  }

  async function described(input: DescribeInstancesCommandInput, by = client()): Promise<Instance[]> {
    const { Reservations = [] } = await by.send(new DescribeInstancesCommand(input));
    return Reservations.flatMap(({ Instances = [] }) => Instances);
  }

  async function idsOf(input: DescribeInstancesCommandInput): Promise<(string | undefined)[]> {
    return (await described(input)).map(({ InstanceId }) => InstanceId);
  }

  async function failureOf(input: DescribeInstancesCommandInput, by = client()): Promise<object> {
    const error: unknown = await described(input, by).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(error instanceof EC2ServiceException)) throw new Error(`not an error of EC2: ${error}`);
    const { name, message, $metadata } = error;
    return { name, message, status: $metadata.httpStatusCode };
  }

  return { world, client, described, idsOf, failureOf };
}
