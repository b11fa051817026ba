/** The command line as test suites use it, with the shipped bundle: ready, state, advertised host, JSON, changes, reset. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { DescribeInstancesCommand, EC2Client, type Instance } from "@aws-sdk/client-ec2";
import { EC2InstanceConnectClient, SendSSHPublicKeyCommand } from "@aws-sdk/client-ec2-instance-connect";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { sendAction } from "../../src/simulator/cli/control.ts";
import { bundle, KEY, run, running, up } from "./bundle.ts";
import { folder } from "./openssl.ts";

const script = await bundle();

/** One simulator for the tests that do not end it. */
const FOLDER = join(script, "..", "shared");
const WORDS = ["up", "--folder", FOLDER, "--ca-key", "ec-p256", "--advertise", "localhost"];
const shared = running(process.execPath, [script, ...WORDS]);
beforeAll(() => shared.until("ready\n"));
afterAll(() => void shared.child.kill("SIGKILL"));

const did = (...words: string[]): string => {
  const { status, stdout, stderr } = run(script, ...words, "--folder", FOLDER);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
};
const status = () => sendAction(FOLDER, "status", {});

/** The variables that lines for a shell set. */
const variables = (lines: string): Record<string, string> =>
  Object.fromEntries([...lines.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]));

/** Returns options for a client of AWS's SDK, by variables that the simulator wrote. */
function clientOptions(lines: string) {
  const env = variables(lines);
  return {
    region: env.AWS_REGION ?? "",
    endpoint: variables(readFileSync(join(FOLDER, "aws.env"), "utf8")).AWS_ENDPOINT_URL_EC2_INSTANCE_CONNECT ?? "",
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? "",
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY?.replace(/^'(.*)'$/, "$1") ?? "",
      ...(env.AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: env.AWS_SESSION_TOKEN }),
    },
    maxAttempts: 1,
  };
}

/** Returns an instance as EC2's DescribeInstances describes it. */
async function described(id: string): Promise<Instance | undefined> {
  const client = new EC2Client(clientOptions(readFileSync(join(FOLDER, "aws.env"), "utf8")));
  onTestFinished(() => client.destroy());
  const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return Reservations?.[0]?.Instances?.[0];
}

/** Pushes with AWS's SDK. Returns "pushed", or the name of the error. */
async function push(lines: string, InstanceId: string): Promise<string> {
  const client = new EC2InstanceConnectClient(clientOptions(lines));
  onTestFinished(() => client.destroy());
  const command = new SendSSHPublicKeyCommand({ InstanceId, InstanceOSUser: "alice", SSHPublicKey: KEY });
  return client.send(command).then(
    () => "pushed",
    (error: Error) => error.name,
  );
}

test("a descriptor gets one line when everything is up, and its end; so does the output", async () => {
  const at = folder();
  const words = [script, "up", "--folder", at, "--ca-key", "ec-p256", "--ready-fd", "3"];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const said = await text(child.stdio[3] as Readable);
  const facts = JSON.parse(said);
  expect(said).toMatch(/^[^\n]+\n$/);
  expect(facts).toMatchObject({ ready: true, pid: child.pid, folder: at, region: "us-east-1" });
  for (const name of ["config", "anchors", "env"]) expect(existsSync(facts[name])).toBe(true);
  expect((await sendAction(at, "status", {})).apiEndpoint).toBe(facts.apiEndpoint);
  expect((await fetch(`${facts.endpoint}/latest/api/token`, { method: "PUT" })).status).toBe(400);
  child.kill("SIGTERM");
  expect(await text(child.stdout as Readable)).toMatch(/Ctrl-C ends it\nready\n(.*\n)*stopped after 1 requests\n$/);
});

test("a start that fails ends the descriptor without a line", async () => {
  const at = folder();
  const words = [script, "up", "--folder", at, "--ready-fd", "3", "--listen", "192.0.2.1:0"];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "ignore", "pipe", "pipe"] });
  const [said, why] = await Promise.all([text(child.stdio[3] as Readable), text(child.stderr as Readable)]);
  expect(said).toBe("");
  expect(why).toContain("EADDRNOTAVAIL");
});

test("--state keeps anchors.pem and credentials over a restart, and --at sets the clock", async () => {
  const at = folder();
  const words = ["--state", join(at, "state"), "--ca-key", "ec-p256", "--at", "2030-01-02T03:04:05+01:00"];
  const kept = async (name: string) => {
    mkdirSync(join(at, name));
    const program = await up(script, join(at, name), ...words);
    const { now } = await sendAction(join(at, name), "status", {});
    expect(now).toMatch(/^2030-01-02T02:0[4-9]:/);
    const { AWS_SECRET_ACCESS_KEY } = variables(readFileSync(join(at, name, "aws.env"), "utf8"));
    const anchors = readFileSync(join(at, name, "anchors.pem"), "utf8");
    program.child.kill("SIGTERM");
    expect(await program.ended).toBe(0);
    return { AWS_SECRET_ACCESS_KEY, anchors };
  };
  expect(await kept("first")).toEqual(await kept("second"));
});

test("--advertise is the host in files, output and status, and a name is noted", async () => {
  const { endpoints, apiEndpoint } = await status();
  expect([...endpoints, apiEndpoint].every((url) => /^http:\/\/localhost:\d+$/.test(url))).toBe(true);
  expect(readFileSync(join(FOLDER, "config.toml"), "utf8")).toContain(`endpoint = "${endpoints[0]}"`);
  expect(readFileSync(join(FOLDER, "aws.env"), "utf8")).toContain(`=${apiEndpoint}\n`);
  expect(shared.said()).toContain(`--endpoint-url ${apiEndpoint} `);
  expect(shared.said()).toContain("eic-agent refuses a host name in its settings");
});

test("instance --add writes settings for its metadata service, --remove ends it; status --json shows both", async () => {
  const id = "i-0000000000000000b";
  did("instance", "--add", "--id", id, "--type", "t2.micro", "--metadata", "127.0.0.1:0", "--state", "stopped");
  const { instances } = JSON.parse(did("status", "--json"));
  expect(instances[1]).toMatchObject({ id, type: "t2.micro", state: "stopped", serialConsole: "enabled" });
  const addresses = ["--address", "203.0.113.7", "--private-address", "10.0.0.7", "--ipv6-address", "2001:db8::7"];
  did("instance", "--add", "--id", "i-0000000000000000c", ...addresses);
  expect(await described("i-0000000000000000c")).toMatchObject({
    PublicIpAddress: "203.0.113.7",
    PrivateIpAddress: "10.0.0.7",
    Ipv6Address: "2001:db8::7",
  });
  did("instance", "--remove", "--id", "i-0000000000000000c");
  const [endpoint] = instances[1].endpoints;
  expect(readFileSync(join(FOLDER, id, "config.toml"), "utf8")).toContain(`endpoint = "${endpoint}"`);
  expect((await fetch(`${endpoint}/latest/api/token`, { method: "PUT" })).status).toBe(400);
  did("instance", "--remove", "--id", id);
  expect((await status()).instances).toHaveLength(1);
});

test("principal --add prints credentials with which a client pushes; they can be limited and removed", async () => {
  const { instanceId } = await status();
  const arn = "arn:aws:sts::111122223333:assumed-role/Dev/carol";
  const lines = did("principal", "--add", "--arn", arn, "--os-users", "alice,bob");
  expect(await push(lines, instanceId)).toBe("pushed");
  expect(did("principal", "--arn", arn, "--os-users", "bob", "--actions", "*")).toBe(`changed ${arn}\n`);
  expect(await push(lines, instanceId)).toBe("AccessDeniedException");
  await sendAction(FOLDER, "principal", { change: arn, permissions: { osUsers: null } });
  expect(await push(lines, instanceId)).toBe("pushed");
  expect(did("principal", "--arn", arn, "--remove")).not.toContain(arn);
  expect(await push(lines, instanceId)).toBe("InvalidClientTokenId");
});

test("calls lists the calls, or prints CloudTrail's records; expire ends keys; reset puts all back", async () => {
  const { instanceId } = await sendAction(FOLDER, "reset", {});
  const lines = readFileSync(join(FOLDER, "aws.env"), "utf8");
  expect(await push(lines, instanceId)).toBe("pushed");
  expect(await push(lines, "i-0000000000000000c")).toBe("EC2InstanceNotFoundException");
  expect(did("calls")).toMatch(/200 {2}API {2}SendSSHPublicKey .*\n.*400 {2}API .*EC2InstanceNotFoundException: /);
  const records = JSON.parse(did("calls", "--json"));
  expect(records).toMatchObject([{ requestParameters: { instanceId } }, { errorCode: "EC2InstanceNotFoundException" }]);

  expect(did("expire", "--user", "bob")).toBe("ended 0 keys\n");
  expect(did("expire", "--user", "alice")).toBe("ended 1 key\n");
  expect(did("clock", "--at", "2030-01-02T03:04:05Z")).toContain("2030-01-02T03:0");
  expect(did("clock", "--reset")).not.toContain("2030-");
  expect(did("reset")).toContain("0 requests, 0 calls\n");
});

test.each([
  { args: ["clock"], said: "clock wants one of --advance, --at and --reset" },
  { args: ["clock", "--reset", "--advance", "1"], said: "clock wants one of --advance, --at and --reset" },
  { args: ["up", "--at", "tomorrow"], said: "--at: not a time as 2026-11-22T02:00:00Z: tomorrow" },
  { args: ["up", "--advertise", "host:80"], said: "--advertise wants a host name or an address, without a port" },
  { args: ["up", "--ready-fd", "1"], said: "--ready-fd wants a descriptor from 3 on, not 1" },
  { args: ["instance", "--add"], said: "name the instance with --id" },
  {
    args: ["instance", "--type", "m5.large"],
    said: "zone, type, addresses and metadata service are set with --add only",
  },
  { args: ["principal", "--add"], said: "name a principal with --arn" },
  { args: ["principal", "--arn", "a", "--session-token", "x"], said: "credentials are set with --add only" },
])("$args: $said", ({ args, said }) => {
  const { status, stderr } = run(script, ...args, "--folder", FOLDER);
  expect({ status, said: stderr.includes(said) }).toEqual({ status: 2, said: true });
});

test("what the running simulator refuses is one line, with exit status 1", () => {
  for (const [args, said] of [
    [["instance", "--add", "--id", "../x"], "not an instance id: ../x"],
    [["clock", "--at", "2026-13-01T00:00:00Z"], "not a time as 2026-11-22T02:00:00Z: 2026-13-01T00:00:00Z"],
    [["principal", "--arn", "arn:none", "--remove"], "there is no principal arn:none"],
    [["up", "--ready-fd", "99"], "cannot write to descriptor 99 (EBADF); open it for writing, as in 99>FILE"],
  ] as const) {
    const { status, stderr } = run(script, ...args, "--folder", FOLDER);
    expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining(said) });
  }
});
