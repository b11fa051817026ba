/** DescribeInstances by AWS's Python: boto3, and the AWS CLI that is built on the same model. */
import { expect, test } from "vitest";
import { awsCli } from "../../tools/parts.ts";
import { describeWith } from "../support/needs.ts";
import { simulated } from "../support/simulated.ts";
import { clientEnvironment, runProgram } from "./program.ts";

const ids = Array.from({ length: 7 }, (_, index) => `i-${index.toString(16).padStart(17, "a")}`);
const [first = "", ...others] = ids;

const world = simulated({
  authority: { caKey: "ec-p256" },
  instances: [
    { id: first, privateAddress: "172.31.0.10", tags: { Name: "front door" } },
    ...others.map((id) => ({ id, address: "203.0.113.7" })),
  ],
});

describeWith("boto3", "boto3", () => {
  test("reads addresses, names, and all pages; and EC2's errors", async () => {
    const { simulator } = world();
    const inputs = [
      { InstanceIds: [first] },
      { Filters: [{ Name: "tag:Name", Values: ["front door"] }] },
      { PaginationConfig: { PageSize: 5 } },
      { InstanceIds: ["i-00000000"] },
    ];
    const script = new URL("describe.py", import.meta.url).pathname;
    const input = JSON.stringify(inputs);
    const ended = await runProgram("/usr/bin/python3", [script], clientEnvironment(simulator), input);
    expect(ended).toMatchObject({ status: 0, stderr: "" });
    const [byId, byTag, all, unknown] = JSON.parse(ended.stdout);
    // The fields that `mssh` and `aws ec2-instance-connect ssh` read.
    expect(byId).toMatchObject([
      {
        OwnerId: "111122223333",
        Instances: [
          {
            InstanceId: first,
            State: { Name: "running" },
            Placement: { AvailabilityZone: "us-east-1a" },
            PublicDnsName: "localhost",
            PublicIpAddress: "127.0.0.1",
            PrivateDnsName: "ip-172-31-0-10.ec2.internal",
            PrivateIpAddress: "172.31.0.10",
            LaunchTime: expect.stringMatching(/^\d{4}-\d\d-\d\d /),
          },
        ],
      },
    ]);
    expect(byTag).toEqual(byId);
    expect(all.map(({ Instances: [{ InstanceId }] }: { Instances: [{ InstanceId: string }] }) => InstanceId)).toEqual(
      ids,
    );
    expect(unknown).toEqual({
      code: "InvalidInstanceID.NotFound",
      message: "The instance ID 'i-00000000' does not exist",
    });
  });
});

describeWith("aws-cli", "the AWS CLI", () => {
  test("describes instances, and selects by a filter", async () => {
    const { simulator } = world();
    const env = { ...clientEnvironment(simulator), AWS_MAX_ATTEMPTS: "1" };
    const filter = ["--filters", "Name=ip-address,Values=203.0.113.*", "--max-items", "2", "--page-size", "5"];
    const query = ["--query", "Reservations[].Instances[].[InstanceId,PublicDnsName]", "--output", "json"];
    const words = ["ec2", "describe-instances", "--endpoint-url", simulator.apiEndpoint, ...filter, ...query];
    const { status, stdout, stderr } = await runProgram(awsCli(), words, env);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual(others.slice(0, 2).map((id) => [id, "ec2-203-0-113-7.compute-1.amazonaws.com"]));
  });
});
