/** EC2's errors, as AWS's SDK for JavaScript gets them: names, messages and statuses. */
import { type DescribeInstancesCommandInput, DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import { expect, test } from "vitest";
import { ec2World, id } from "./ec2-client.ts";

const { world, client, described, idsOf, failureOf } = ec2World();

test.each<{ input: DescribeInstancesCommandInput; name: string; status?: number; message: string }>([
  {
    input: { InstanceIds: ["i-0123456789abcdef0"] },
    name: "InvalidInstanceID.NotFound",
    message: "The instance ID 'i-0123456789abcdef0' does not exist",
  },
  {
    input: { InstanceIds: ["i-0123456789abcdef0", id(1), "i-01234567"] },
    name: "InvalidInstanceID.NotFound",
    message: "The instance IDs 'i-0123456789abcdef0, i-01234567' do not exist",
  },
  { input: { InstanceIds: ["i-xyz"] }, name: "InvalidInstanceID.Malformed", message: 'Invalid id: "i-xyz"' },
  {
    input: { Filters: [{ Name: "public-ip", Values: ["203.0.113.7"] }] },
    name: "InvalidParameterValue",
    message: "The filter 'public-ip' is invalid",
  },
  {
    input: { Filters: [{ Name: "constructor", Values: ["x"] }] },
    name: "InvalidParameterValue",
    message: "The filter 'constructor' is invalid",
  },
  {
    input: { Filters: [{ Name: "tag:Name", Values: ["x".repeat(256)] }] },
    name: "FilterLimitExceeded",
    message: "The maximum length for a filter value is 255 characters",
  },
  {
    input: { Filters: [{ Name: "tag:Name", Values: Array.from({ length: 201 }, (_, i) => `${i}`) }] },
    name: "FilterLimitExceeded",
    message: "The maximum number of filter values specified on a single call is 200",
  },
  {
    input: { MaxResults: 4 },
    name: "InvalidParameterValue",
    message: "Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5.",
  },
  {
    input: { MaxResults: 1001 },
    name: "InvalidParameterValue",
    message: "Value ( 1001 ) for parameter maxResults is invalid. Expecting a value smaller than 1000.",
  },
  {
    input: { MaxResults: 5, InstanceIds: [id(1)] },
    name: "InvalidParameterCombination",
    message: "The parameter instancesSet cannot be used with the parameter maxResults",
  },
  {
    input: { NextToken: "AAAA" },
    name: "InvalidPaginationToken",
    message: "The specified pagination token is not valid or is expired.",
  },
  {
    input: { DryRun: true },
    name: "DryRunOperation",
    status: 412,
    message: "Request would have succeeded, but DryRun flag is set.",
  },
])("$name: $message", async ({ input, name, message, status = 400 }) => {
  expect(await failureOf(input)).toEqual({ name, message, status });
});

test("an unknown key and a wrong secret are the same failure, which does not tell them apart", async () => {
  const { credentials } = world().simulator;
  const failure = {
    name: "AuthFailure",
    status: 401,
    message: "AWS was not able to validate the provided access credentials",
  };
  const wrong = { ...credentials, secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
  const unknown = { ...wrong, accessKeyId: "AKIAIOSFODNN7EXAMPLE" };
  expect(await failureOf({}, client(wrong))).toEqual(failure);
  expect(await failureOf({}, client(unknown))).toEqual(failure);
});

test("a principal that may only push is refused, with DryRun too; an account without a subscription as well", async () => {
  const [, bob, carol] = world().simulator.principals;
  const denied = {
    name: "UnauthorizedOperation",
    status: 403,
    message:
      "You are not authorized to perform this operation. User: arn:aws:iam::111122223333:user/bob is not authorized to perform: ec2:DescribeInstances because no identity-based policy allows the ec2:DescribeInstances action",
  };
  expect(await failureOf({}, client(bob))).toEqual(denied);
  expect(await failureOf({ DryRun: true }, client(bob))).toEqual(denied);
  expect(await failureOf({}, client(carol))).toMatchObject({ name: "OptInRequired", status: 401 });
});

test("another action is not valid", async () => {
  const failed = client().send(new DescribeVpcsCommand({}));
  await expect(failed).rejects.toMatchObject({ name: "InvalidAction", $metadata: { httpStatusCode: 400 } });
});

test("faults are set for EC2 alone, by its errors or on the wire", async () => {
  const { faults, calls } = world().simulator;
  faults.set({ fault: "RequestLimitExceeded", path: "ec2", times: 1 });
  faults.set({ fault: "503", path: "DescribeInstances", times: 1 });
  faults.set({ fault: "ThrottlingException", path: "api" });
  expect(await failureOf({})).toEqual({
    name: "RequestLimitExceeded",
    status: 503,
    message: "Request limit exceeded.",
  });
  await expect(described({})).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
  expect(calls.at(-1)).toMatchObject({ httpStatus: 503, fault: { name: "503" } });
  expect(await idsOf({ InstanceIds: [id(1)] })).toEqual([id(1)]);
});
