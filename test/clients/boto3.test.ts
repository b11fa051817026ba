/** Debian's boto3 against the simulator's API: replies, exception classes, presigned URLs, retries. */
import { expect, test } from "vitest";
import { MODELLED_ERRORS } from "../../src/simulator/api/api-errors.ts";
import { describeWith } from "../support/needs.ts";
import { simulated } from "../support/simulated.ts";
import { type InstanceName, idOf, OPTIONS } from "./instances.ts";
import { clientEnvironment, runProgram } from "./program.ts";
import { ED25519 } from "./raw-call.ts";

type Method = "send_ssh_public_key" | "send_serial_console_ssh_public_key";

interface Call {
  readonly method: Method;
  readonly instance?: InstanceName;
  readonly params?: object;
  readonly presigned?: boolean;
  readonly attempts?: number;
  /** Index of the principal, 0 by default; or credentials. */
  readonly who?: number | { accessKeyId: string; secretAccessKey: string };
}

type Result = Readonly<Record<string, unknown>>;

const [SSH, SERIAL] = ["send_ssh_public_key", "send_serial_console_ssh_public_key"] as const;

/** Errors in the model of boto3 1.26, which is older than SerialConsoleSessionUnsupportedException. */
const CAUSES: readonly (Call & { readonly name: keyof typeof MODELLED_ERRORS })[] = [
  { name: "AuthException", method: SSH, instance: "active", who: 2 },
  { name: "AuthException", method: SERIAL, instance: "active", who: 2 },
  { name: "InvalidArgsException", method: SSH, params: { SSHPublicKey: `ssh-ed25519 ${"A".repeat(90)}` } },
  { name: "EC2InstanceNotFoundException", method: SSH, instance: "nowhere" },
  { name: "EC2InstanceStateInvalidException", method: SSH, instance: "stopped" },
  { name: "EC2InstanceUnavailableException", method: SSH, instance: "unavailable" },
  { name: "EC2InstanceTypeInvalidException", method: SERIAL, instance: "xen" },
  { name: "SerialConsoleAccessDisabledException", method: SERIAL, instance: "disabled" },
  { name: "SerialConsoleSessionLimitExceededException", method: SERIAL, instance: "active" },
  { name: "SerialConsoleSessionUnavailableException", method: SERIAL, instance: "sessionless" },
];

describeWith("boto3", "boto3", () => {
  const world = simulated(OPTIONS);

  async function make(...calls: readonly Call[]): Promise<Result[]> {
    const { simulator } = world();
    const input = calls.map(({ method, instance = "running", params, who = 0, ...more }) => ({
      ...{ method, credentials: typeof who === "number" ? simulator.principals[who] : who, ...more },
      params: {
        ...{ InstanceId: idOf(instance), SSHPublicKey: ED25519 },
        ...(method === SSH ? { InstanceOSUser: "ec2-user" } : {}),
        ...params,
      },
    }));
    const words = [new URL("calls.py", import.meta.url).pathname];
    const ended = await runProgram("/usr/bin/python3", words, clientEnvironment(simulator), JSON.stringify(input));
    expect(ended).toMatchObject({ status: 0, stderr: "" });
    return JSON.parse(ended.stdout) as Result[];
  }

  test("pushes keys with both methods, and presigned, and each is served or kept", async () => {
    const { simulator } = world();
    const zone = { AvailabilityZone: "us-east-1a" };
    const [one, serial, url] = await make(
      { method: SSH, params: { InstanceOSUser: "one", ...zone } },
      { method: SERIAL, params: { SerialPort: 0 } },
      { method: SSH, params: { InstanceOSUser: "url", ...zone }, presigned: true },
    );
    for (const result of [one, serial, url]) {
      expect(result).toMatchObject({ reply: { RequestId: result?.requestId, Success: true } });
    }
    expect(simulator.document("one").toString()).toContain(`#Request=${one?.requestId}\n${ED25519}\n`);
    expect(simulator.document("url").toString()).toContain(`#Request=${url?.requestId}\n${ED25519}\n`);
    expect(simulator.instance().serialPort.live()).toMatchObject([{ requestId: serial?.requestId }]);
  });

  test("makes an exception class of every error of its model", async () => {
    const { simulator } = world();
    simulator.faults.set({ fault: "ServiceException", path: "api", times: 1 });
    simulator.faults.set({ fault: "ThrottlingException", path: "api", times: 1 });
    const results = await make({ method: SSH }, { method: SERIAL }, ...CAUSES);
    const names = ["ServiceException", "ThrottlingException", ...CAUSES.map(({ name }) => name)] as const;
    const ids = simulator.calls.slice(-names.length).map(({ requestID }) => requestID);
    expect(results).toEqual(
      names.map((name, index) => ({
        ...{ name, modelled: true, status: MODELLED_ERRORS[name].status, requestId: ids[index] },
        message: expect.stringMatching(/./),
      })),
    );
  });

  test("gets errors for unknown or wrong credentials, and for a changed presigned URL", async () => {
    const unknown = {
      accessKeyId: "AKIAIOSFODNN7EXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    };
    const { simulator } = world();
    const wrong = { ...simulator.credentials, secretAccessKey: unknown.secretAccessKey };
    expect(
      await make(
        { method: SSH, who: unknown },
        { method: SSH, who: wrong },
        { method: SSH, who: wrong, presigned: true },
        { method: SSH, presigned: true, instance: "nowhere" },
      ),
    ).toMatchObject([
      { name: "InvalidClientTokenId", status: 403, modelled: false },
      { name: "InvalidSignatureException", status: 400, modelled: false },
      { name: "InvalidSignatureException", status: 400 },
      { name: "EC2InstanceNotFoundException", status: 400 },
    ]);
  });

  test("gets IAM's message for an instance and for an OS user that no policy of the principal allows", async () => {
    const denied = (instance: InstanceName, action: string) => ({
      ...{ name: "AccessDeniedException", status: 400, modelled: false },
      message: `User: arn:aws:iam::111122223333:user/bob is not authorized to perform: ec2-instance-connect:${action} on resource: arn:aws:ec2:us-east-1:111122223333:instance/${idOf(instance)} because no identity-based policy allows the ec2-instance-connect:${action} action`,
    });
    expect(
      await make(
        { method: SSH, instance: "active", who: 1 },
        { method: SERIAL, instance: "nowhere", who: 1 },
        { method: SSH, params: { InstanceOSUser: "root" }, who: 1 },
        { method: SSH, who: 1 },
      ),
    ).toMatchObject([
      denied("active", "SendSSHPublicKey"),
      denied("nowhere", "SendSerialConsoleSSHPublicKey"),
      denied("running", "SendSSHPublicKey"),
      { reply: { Success: true } },
    ]);
  });

  test("tries again by itself when it is throttled", async () => {
    const { simulator } = world();
    simulator.faults.set({ fault: "ThrottlingException", path: "api", times: 1 });
    expect(await make({ method: SSH, attempts: 3 })).toMatchObject([{ retries: 1, reply: { Success: true } }]);
  });
});
