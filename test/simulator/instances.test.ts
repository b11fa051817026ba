/** Several instances: the instance that serves a key, changes while they run, and instances that cannot be started. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isNitro } from "../../src/simulator/imds/instances.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/simulator.ts";
import { call, INPUT, send, signed } from "../clients/raw-call.ts";
import { KEY } from "./bundle.ts";
import { folder } from "./openssl.ts";
import { token } from "./raw-client.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };
const [A, B, C] = ["i-0000000000000000a", "i-0000000000000000b", "i-0000000000000000c"] as const;

async function started(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({
    authority: { caKey: "ec-p256" },
    instances: [{ id: A }, { id: B, metadata: LOOPBACK, availabilityZone: "us-east-1f" }, { id: C }],
    ...options,
  });
  onTestFinished(() => simulator.close());
  return simulator;
}

async function push(simulator: Simulator, InstanceId: string) {
  return send(simulator, await signed(simulator, call(simulator, { ...INPUT, InstanceId })));
}

/** Sends a metadata request to the first endpoint of an instance. */
async function asked(simulator: Simulator, id: string, path: string) {
  const [endpoint = ""] = simulator.instance(id).endpoints;
  const headers = await token({ ...simulator, endpoint });
  const response = await fetch(`${endpoint}/latest/meta-data/${path}`, { headers });
  return { status: response.status, body: await response.text() };
}

test("a key ends on the instance that it was pushed to, and is signed for that one", async () => {
  const simulator = await started();
  const reply = await push(simulator, B);
  const path = `managed-ssh-keys/active-keys/${INPUT.InstanceOSUser}/`;
  expect((await asked(simulator, A, path)).status).toBe(404);
  const { status, body } = await asked(simulator, B, path);
  expect(status).toBe(200);
  expect(body).toContain(`#Instance=${B}\n`);
  expect(body).toContain(`#Request=${reply.requestId}\n`);
  expect((await asked(simulator, B, "instance-id")).body).toBe(B);
  expect((await asked(simulator, B, "placement/availability-zone")).body).toBe("us-east-1f");
  expect(simulator.requests.map(({ instanceId }) => instanceId)).toEqual([undefined, undefined, B, B, B, B, B, B]);
});

test("an instance without a metadata service accepts keys all the same", async () => {
  const simulator = await started();
  expect(await push(simulator, C)).toMatchObject({ status: 200 });
  expect(simulator.instance(C).endpoints).toEqual([]);
  expect(simulator.pushes(C)).toHaveLength(1);
  expect(() => simulator.writeSettings("/nowhere", {}, C)).toThrow(`${C} has no metadata service`);
});

test("pushes past the API and settings for the agent are for the first, or for the one that is named", async () => {
  const simulator = await started();
  simulator.push({ user: "alice", publicKey: KEY });
  simulator.push({ user: "bob", publicKey: KEY }, B);
  expect(simulator.document("alice").toString()).toContain(`#Instance=${A}\n`);
  expect(simulator.document("bob", B).toString()).toContain(`#Instance=${B}\n`);
  expect(simulator.document("bob")).toHaveLength(0);
  const at = join(folder(), "b");
  const { config } = await simulator.writeSettings(at, {}, B);
  expect(readFileSync(config, "utf8")).toContain(`endpoint = "${simulator.instance(B).endpoints[0]}"`);
  expect(readFileSync(config, "utf8")).toContain(`id = "${B}"`);
  expect(() => simulator.push({ user: "a", publicKey: KEY }, "i-0")).toThrow("there is no instance i-0");
});

test("a first instance that names its metadata address listens only there", async () => {
  const simulator = await started({ instances: [{ id: A, metadata: { host: "127.0.0.3", port: 0 } }] });
  expect(simulator.endpoints).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.3:/)]);
});

test("an instance can be changed while the simulator runs", async () => {
  const simulator = await started();
  simulator.instance(A).state = "stopping";
  expect(await push(simulator, A)).toMatchObject({ name: "EC2InstanceStateInvalidException" });
  simulator.instance(A).state = "running";
  expect(await push(simulator, A)).toMatchObject({ status: 200 });
});

test.each([
  {
    title: "two instances of one id",
    options: { instances: [{ id: A }, { id: A }] },
    message: "two instances have the same id",
  },
  {
    title: "one key of a pair",
    options: { principals: [{ arn: "arn:aws:iam::111122223333:user/a", accessKeyId: "AKIAIOSFODNN7EXAMPLE" }] },
    message: "arn:aws:iam::111122223333:user/a has one key of a pair",
  },
  {
    title: "two principals of one access key",
    options: {
      principals: [
        { arn: "a", accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "s" },
        { arn: "b", accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "t" },
      ],
    },
    message: "two principals have the same access key id",
  },
  {
    title: "an address of another machine",
    options: { api: { host: "192.0.2.1", port: 0 } },
    message: "EADDRNOTAVAIL",
  },
] as readonly { title: string; options: SimulatorOptions; message: string }[])(
  "$title: nothing is started",
  async ({ options, message }) => {
    await expect(started(options)).rejects.toThrow(message);
  },
);

test.each([
  { type: "t3.micro", nitro: true },
  { type: "m5.large", nitro: true },
  { type: "c7g.metal", nitro: true },
  { type: "i3.metal", nitro: true },
  { type: "a1.medium", nitro: true },
  { type: "p3dn.24xlarge", nitro: true },
  { type: "t2.micro", nitro: false },
  { type: "m4.large", nitro: false },
  { type: "i3.large", nitro: false },
  { type: "x1e.xlarge", nitro: false },
])("$type is built on Nitro: $nitro", ({ type, nitro }) => {
  expect(isNitro(type)).toBe(nitro);
});

test("the stored requests and calls are limited, and the counts continue", async () => {
  const simulator = await started({ remember: 2 });
  for (const id of [A, B, C]) await push(simulator, id);
  await token(simulator);
  expect(simulator.calls.map(({ requestParameters }) => requestParameters?.instanceId)).toEqual([B, C]);
  expect([simulator.callCount, simulator.requestCount, simulator.requests.length]).toEqual([3, 1, 1]);
});
