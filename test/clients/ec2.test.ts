/** EC2's DescribeInstances on the API's port, by AWS's SDK for JavaScript: what clients read before they push a key. */
import { EC2Client, paginateDescribeInstances } from "@aws-sdk/client-ec2";
import { expect, test } from "vitest";
import { ec2World, id, instances } from "./ec2-client.ts";

const { world, described, idsOf, failureOf } = ec2World();

test("an instance has state, place, addresses and names as EC2 writes them", async () => {
  const { simulator } = world();
  const [instance] = await described({ InstanceIds: [id(1)] });
  expect(instance).toMatchObject({
    InstanceId: id(1),
    ImageId: expect.stringMatching(/^ami-[0-9a-f]{17}$/),
    State: { Code: 16, Name: "running" },
    InstanceType: "m7g.large",
    Architecture: "arm64",
    Placement: { AvailabilityZone: "eu-west-1b", Tenancy: "default" },
    PublicIpAddress: "203.0.113.7",
    PublicDnsName: "ec2-203-0-113-7.eu-west-1.compute.amazonaws.com",
    PrivateIpAddress: "10.1.2.3",
    PrivateDnsName: "ip-10-1-2-3.eu-west-1.compute.internal",
    Ipv6Address: "2001:db8::7",
    VpcId: expect.stringMatching(/^vpc-[0-9a-f]{17}$/),
    SubnetId: expect.stringMatching(/^subnet-[0-9a-f]{17}$/),
    PlatformDetails: "Linux/UNIX",
    MetadataOptions: { HttpTokens: "required" },
    Tags: [
      { Key: "Name", Value: "web <1> & co" },
      { Key: "team", Value: "a*b" },
    ],
    NetworkInterfaces: [
      {
        PrivateIpAddress: "10.1.2.3",
        PrivateIpAddresses: [{ Primary: true, Association: { PublicIp: "203.0.113.7" } }],
        Ipv6Addresses: [{ Ipv6Address: "2001:db8::7" }],
      },
    ],
  });
  expect(instance).not.toHaveProperty("Platform");
  const launched = instance?.LaunchTime?.getTime() ?? 0;
  expect(simulator.clock.now().getTime() - launched).toBeGreaterThanOrEqual(0);
});

test("a stopped instance has no public address, a terminated one no address", async () => {
  const [stopped, terminated] = await described({ InstanceIds: [id(2), id(3)] });
  expect(stopped).toMatchObject({
    State: { Code: 80 },
    PrivateIpAddress: expect.stringMatching(/^172\.31\./),
    PublicDnsName: "",
  });
  expect(stopped).not.toHaveProperty("PublicIpAddress");
  expect(terminated).toMatchObject({ State: { Code: 48 }, PrivateDnsName: "", NetworkInterfaces: [] });
  expect(terminated).not.toHaveProperty("PrivateIpAddress");
});

test("a change of the state is seen", async () => {
  const { simulator } = world();
  simulator.instance(id(4)).state = "stopping";
  expect(await described({ InstanceIds: [id(4)] })).toMatchObject([{ State: { Code: 64, Name: "stopping" } }]);
});

test.each<{ filters: Record<string, string[]>; ids: number[] }>([
  { filters: { "instance-state-name": ["stopped", "terminated"] }, ids: [2, 3] },
  { filters: { "instance-state-code": ["80"] }, ids: [2] },
  { filters: { "tag:Name": ["web*"] }, ids: [1, 2] },
  { filters: { "tag:Name": ["web ?"] }, ids: [2] },
  { filters: { "tag:Name": ["Web*"] }, ids: [] },
  { filters: { "tag:team": ["a\\*b"] }, ids: [1] },
  { filters: { "tag:team": ["a\\*"] }, ids: [] },
  { filters: { "tag-key": ["team"] }, ids: [1] },
  { filters: { "tag:Name": ["web*"], "instance-state-name": ["running"] }, ids: [1] },
  { filters: { "ip-address": ["203.0.113.7", "203.0.113.8"] }, ids: [1] },
  { filters: { "private-ip-address": ["10.1.2.3"] }, ids: [1] },
  { filters: { "dns-name": ["ec2-203-0-113-7.eu-west-1.compute.amazonaws.com"] }, ids: [1] },
  { filters: { "private-dns-name": ["ip-172-31-0-11.*"] }, ids: [2] },
  { filters: { "network-interface.addresses.private-ip-address": ["10.1.2.3"] }, ids: [1] },
  { filters: { "availability-zone": ["eu-west-1b"] }, ids: [1] },
  { filters: { "instance-type": ["m7g.*"], architecture: ["arm64"] }, ids: [1] },
  { filters: { "instance-id": [id(1), id(2)] }, ids: [1, 2] },
  // Regular expressions are not values.
  { filters: { "instance-type": ["t3.sm[a]ll"] }, ids: [] },
])("the filters $filters select $ids", async ({ filters, ids }) => {
  const Filters = Object.entries(filters).map(([Name, Values]) => ({ Name, Values }));
  expect(await idsOf({ Filters })).toEqual(ids.map(id));
});

test("pages have a token until the last, and together have every instance once", async () => {
  const { apiEndpoint: endpoint, region, credentials } = world().simulator;
  const sizes: number[] = [];
  const ids: (string | undefined)[] = [];
  const pages = paginateDescribeInstances(
    { client: new EC2Client({ endpoint, region, credentials }), pageSize: 5 },
    {},
  );
  for await (const { Reservations = [] } of pages) {
    const own = Reservations.flatMap(({ Instances = [] }) => Instances).map(({ InstanceId }) => InstanceId);
    sizes.push(own.length);
    ids.push(...own);
  }
  expect(sizes).toEqual([5, 5, 2]);
  expect(ids).toEqual(instances.map((one) => one.id));
});

test("a call is recorded as CloudTrail records EC2's calls", async () => {
  const { calls, principals } = world().simulator;
  await described({ InstanceIds: [id(1)], Filters: [{ Name: "tag:Name", Values: ["web*", "db*"] }] });
  expect(calls.at(-1)).toMatchObject({
    eventSource: "ec2.amazonaws.com",
    eventName: "DescribeInstances",
    readOnly: true,
    userIdentity: { arn: principals[0].arn },
    requestParameters: {
      instancesSet: { items: [{ instanceId: id(1) }] },
      filterSet: { items: [{ name: "tag:Name", valueSet: { items: [{ value: "web*" }, { value: "db*" }] } }] },
    },
    responseElements: null,
    httpStatus: 200,
  });
  await failureOf({ InstanceIds: ["i-0123456789abcdef0"] });
  expect(calls.at(-1)).toMatchObject({ errorCode: "Client.InvalidInstanceID.NotFound", httpStatus: 400 });
});
