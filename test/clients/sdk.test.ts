/** AWS's SDK for JavaScript against the simulator's API: replies, every modelled error as its class, retries, clock. */
import * as sdk from "@aws-sdk/client-ec2-instance-connect";
import { describe, expect, onTestFinished, test } from "vitest";
import { MODELLED_ERRORS } from "../../src/simulator/api/api-errors.ts";
import { ACTIONS, type ActionName } from "../../src/simulator/api/model.ts";
import { standingClock } from "../../src/simulator/clock.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { simulated } from "../support/simulated.ts";
import { type InstanceName, idOf, OPTIONS } from "./instances.ts";
import { ED25519, presigned, send } from "./raw-call.ts";

const world = simulated(OPTIONS);

/** @param who index of the principal */
function client(simulator: Simulator, more: sdk.EC2InstanceConnectClientConfig = {}, who = 0) {
  const credentials = simulator.principals[who] ?? simulator.credentials;
  const { region, apiEndpoint: endpoint } = simulator;
  const one = new sdk.EC2InstanceConnectClient({ region, endpoint, credentials, maxAttempts: 1, ...more });
  onTestFinished(() => one.destroy());
  return one;
}

interface Asked {
  readonly instance?: InstanceName;
  readonly user?: string;
  readonly zone?: string;
  readonly key?: string;
  readonly port?: number;
}

function ask(one: sdk.EC2InstanceConnectClient, action: ActionName, asked: Asked = {}) {
  const { instance = "running", user: InstanceOSUser = "ec2-user", key: SSHPublicKey = ED25519 } = asked;
  const common = { InstanceId: idOf(instance), SSHPublicKey };
  if (action === "SendSerialConsoleSSHPublicKey") {
    const port = asked.port === undefined ? {} : { SerialPort: asked.port };
    return one.send(new sdk.SendSerialConsoleSSHPublicKeyCommand({ ...common, ...port }));
  }
  const zone = asked.zone === undefined ? {} : { AvailabilityZone: asked.zone };
  return one.send(new sdk.SendSSHPublicKeyCommand({ ...common, ...zone, InstanceOSUser }));
}

test("SendSSHPublicKey ends in the key document, with the caller and the request id that the client got", async () => {
  const { simulator } = world();
  const one = client(simulator);
  const [first, second] = [
    await ask(one, "SendSSHPublicKey", { user: "alice" }),
    await ask(one, "SendSSHPublicKey", { user: "alice", zone: "us-east-1a" }),
  ];
  expect(first).toMatchObject({ Success: true, RequestId: first.$metadata.requestId });
  const document = simulator.document("alice").toString();
  expect(document).toContain(
    `#Caller=arn:aws:sts::111122223333:assumed-role/Admin/alice\n#Request=${first.RequestId}\n${ED25519}\n`,
  );
  expect(document).toContain(`#Request=${second.RequestId}\n`);
  expect(document).toContain(`#Instance=${idOf("running")}\n`);
});

test("SendSerialConsoleSSHPublicKey ends on serial port 0, for 60 seconds, and in no key document", async () => {
  const simulator = await startSimulator(OPTIONS);
  onTestFinished(() => simulator.close());
  const { RequestId: requestId } = await ask(client(simulator), "SendSerialConsoleSSHPublicKey", { port: 0 });
  expect(simulator.instance().serialPort.live()).toMatchObject([
    { port: 0, requestId, fingerprint: expect.stringMatching(/^SHA256:/) },
  ]);
  expect(simulator.pushes()).toEqual([]);
  simulator.clock.advance(60);
  expect(simulator.instance().serialPort.live()).toEqual([]);
});

type ModelledError = keyof typeof MODELLED_ERRORS;
/** `fault`: no request causes the error, so it is set as a fault. */
type Cause = Asked & { readonly who?: number; readonly fault?: true };

const EVERYWHERE = {
  AuthException: { who: 2, instance: "active" },
  InvalidArgsException: { key: ED25519.replace("ssh-ed25519", "ecdsa-sha2-nistp256") },
  ServiceException: { fault: true },
  ThrottlingException: { fault: true },
  EC2InstanceNotFoundException: { instance: "nowhere" },
  EC2InstanceStateInvalidException: { instance: "stopped" },
  EC2InstanceUnavailableException: { instance: "unavailable" },
} as const satisfies { [name in ModelledError]?: Cause };

const CAUSES: Record<ActionName, { [name in ModelledError]?: Cause }> = {
  SendSSHPublicKey: EVERYWHERE,
  SendSerialConsoleSSHPublicKey: {
    ...EVERYWHERE,
    EC2InstanceTypeInvalidException: { instance: "xen" },
    SerialConsoleAccessDisabledException: { instance: "disabled" },
    SerialConsoleSessionLimitExceededException: { instance: "active" },
    SerialConsoleSessionUnavailableException: { instance: "sessionless" },
    SerialConsoleSessionUnsupportedException: { instance: "unsupported" },
  },
};

const cases = (Object.keys(ACTIONS) as ActionName[]).flatMap((action) =>
  (Object.entries(CAUSES[action]) as [ModelledError, Cause][]).map(([name, cause]) => ({ action, name, cause })),
);

describe("every modelled error", () => {
  test("has a case", () => {
    const seen = new Set(cases.map(({ name }) => name));
    expect([...seen].sort()).toEqual(Object.keys(MODELLED_ERRORS).sort());
    // The SDK's own model has the same errors.
    expect(
      Object.keys(sdk)
        .filter((name) => /^(?!.*Service\b).*Exception$/.test(name) && name !== "EC2InstanceConnectServiceException")
        .sort(),
    ).toEqual([...seen].sort());
  });

  test.each(cases)("$name of $action arrives as its class, with the request id", async ({ action, name, cause }) => {
    const { simulator } = world();
    if (cause.fault) simulator.faults.set({ fault: name, path: action, times: 1 });
    const error = await ask(client(simulator, {}, cause.who), action, cause).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(new Map<string, unknown>(Object.entries(sdk)).get(name));
    expect(error).toMatchObject({
      name,
      message: expect.stringMatching(/./),
      $metadata: { httpStatusCode: MODELLED_ERRORS[name].status, requestId: simulator.calls.at(-1)?.requestID },
    });
    expect(simulator.calls.at(-1)).toMatchObject({ eventName: action, errorCode: name });
  });

  test("AuthException is also for an OS user that the principal may not push for, and names no instance", async () => {
    const { simulator } = world();
    const carol = client(simulator, {}, 2);
    await expect(ask(carol, "SendSSHPublicKey", { user: "root" })).rejects.toThrow(sdk.AuthException);
    await expect(ask(carol, "SendSSHPublicKey", { instance: "nowhere" })).rejects.toThrow(sdk.AuthException);
    expect((await ask(carol, "SendSSHPublicKey")).Success).toBe(true);
  });

  test("EC2InstanceNotFoundException is also for another availability zone", async () => {
    const { simulator } = world();
    const asked = ask(client(simulator), "SendSSHPublicKey", { zone: "us-east-1b" });
    await expect(asked).rejects.toThrow(sdk.EC2InstanceNotFoundException);
  });
});

test("ThrottlingException ends a burst, for that principal alone, until time fills its bucket", async () => {
  const simulator = await startSimulator({
    ...OPTIONS,
    clock: standingClock(new Date()),
    throttling: { burst: 2, perSecond: 1 },
  });
  onTestFinished(() => simulator.close());
  const [alice, bob] = [client(simulator), client(simulator, {}, 1)];
  await ask(alice, "SendSSHPublicKey");
  await ask(alice, "SendSerialConsoleSSHPublicKey");
  simulator.clock.advance(-1);
  await expect(ask(alice, "SendSSHPublicKey")).rejects.toThrow(sdk.ThrottlingException);
  await ask(bob, "SendSSHPublicKey");
  simulator.clock.advance(60);
  await ask(alice, "SendSSHPublicKey");
});

test('25 calls at once are throttled with the preset "reported", in the reported words', async () => {
  const clock = standingClock(new Date());
  const simulator = await startSimulator({ ...OPTIONS, clock, throttling: { preset: "reported" } });
  onTestFinished(() => simulator.close());
  const alice = client(simulator);
  const calls = Array.from({ length: 25 }, () => ask(alice, "SendSSHPublicKey"));
  const refused = (await Promise.allSettled(calls)).filter((one) => one.status === "rejected");
  expect(refused).toHaveLength(5);
  for (const { reason } of refused) {
    expect(reason).toBeInstanceOf(sdk.ThrottlingException);
    expect(reason.message).toBe("Server is busy! Please retry after a moment.");
  }
});

test("the SDK tries again by itself when it is throttled, and when the service fails", async () => {
  const { simulator } = world();
  simulator.faults.set({ fault: "ThrottlingException", path: "api", times: 1 });
  simulator.faults.set({ fault: "ServiceUnavailable", path: "api", times: 1 });
  const { $metadata } = await ask(client(simulator, { maxAttempts: 3 }), "SendSSHPublicKey");
  expect($metadata.attempts).toBe(3);
  expect(simulator.calls.slice(-3).map(({ errorCode }) => errorCode)).toEqual([
    "ThrottlingException",
    "ServiceUnavailable",
    undefined,
  ]);
});

test("the SDK corrects its clock by the simulator's, when that was moved", async () => {
  const simulator = await startSimulator(OPTIONS);
  onTestFinished(() => simulator.close());
  simulator.clock.advance(3600);
  const reply = await ask(client(simulator, { maxAttempts: 2 }), "SendSSHPublicKey");
  expect(reply.Success).toBe(true);
  expect(simulator.calls.map(({ errorCode }) => errorCode)).toEqual(["RequestExpired", undefined]);
});

test.each([
  { fault: "503", status: 503 },
  { fault: "reset", status: undefined },
  { fault: "garbage", status: undefined },
] as const)("a fault of the wire ($fault) reaches the SDK as one", async ({ fault, status }) => {
  const { simulator } = world();
  simulator.faults.set({ fault, path: "SendSSHPublicKey", times: 1 });
  const error = await ask(client(simulator), "SendSSHPublicKey").catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(Error);
  expect((error as sdk.EC2InstanceConnectServiceException).$metadata?.httpStatusCode).toBe(status);
});

test("a presigned request of the SDK pushes the key for any holder of the URL", async () => {
  const { simulator } = world();
  const one = client(simulator);
  const { promise, resolve } = Promise.withResolvers<{ headers: Record<string, string>; body: Uint8Array }>();
  one.middlewareStack.add(
    () =>
      async ({ request }) => {
        resolve(request as Awaited<typeof promise>);
        return { output: { $metadata: {} }, response: {} };
      },
    { step: "build", priority: "low" },
  );
  await ask(one, "SendSSHPublicKey", { user: "presigned" });
  const { headers, body } = await promise;
  const names = ["host", "content-type", "x-amz-target"].map((name): [string, string] => [name, headers[name] ?? ""]);
  const wire = {
    method: "POST",
    path: "/",
    query: {},
    headers: Object.fromEntries(names),
    body: new TextDecoder().decode(body),
  };
  const made = await presigned(simulator, wire, { expiresIn: 600 });
  expect(Object.keys(made.headers)).toEqual(["host", "content-type"]);
  expect(await send(simulator, made)).toMatchObject({ status: 200 });
  expect(simulator.document("presigned").toString()).toContain(ED25519);
});
