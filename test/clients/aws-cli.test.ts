/** The system's AWS CLI against the simulator's API: the commands that `eic-simulator up` prints. */
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { awsCli } from "../../tools/parts.ts";
import { describeWith } from "../support/needs.ts";
import { simulated } from "../support/simulated.ts";
import { idOf, OPTIONS } from "./instances.ts";
import { clientEnvironment, runProgram } from "./program.ts";
import { ED25519 } from "./raw-call.ts";

describeWith("aws-cli", "the AWS CLI", () => {
  const world = simulated(OPTIONS);

  async function aws(command: string, options: Record<string, string>, key = `${ED25519} me@here\n`) {
    const { simulator, folder } = world();
    const file = join(folder, "id.pub");
    writeFileSync(file, key);
    const words = Object.entries({
      "endpoint-url": simulator.apiEndpoint,
      "ssh-public-key": `file://${file}`,
      ...options,
    });
    const all = ["ec2-instance-connect", command, ...words.flatMap(([name, value]) => [`--${name}`, value])];
    const env = { ...clientEnvironment(simulator), AWS_MAX_ATTEMPTS: "1" };
    return runProgram(awsCli(), [...all, "--output", "json"], env);
  }

  test("pushes a key file with its comment and final newline, which is then served", async () => {
    const { simulator } = world();
    const options = { "instance-id": idOf("running"), "instance-os-user": "cli", "availability-zone": "us-east-1a" };
    const { status, stdout, stderr } = await aws("send-ssh-public-key", options);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { RequestId, Success } = JSON.parse(stdout);
    expect(Success).toBe(true);
    expect(simulator.document("cli").toString()).toContain(`#Request=${RequestId}\n${ED25519} me@here\n`);
    expect(simulator.calls.at(-1)).toMatchObject({
      requestID: RequestId,
      userAgent: expect.stringMatching(/^aws-cli\//),
    });
  });

  test("pushes an RSA key to the serial console", async () => {
    const { simulator } = world();
    const options = { "instance-id": idOf("running"), "serial-port": "0" };
    const { status, stdout } = await aws("send-serial-console-ssh-public-key", options, rsaKey());
    expect(status).toBe(0);
    expect(simulator.instance().serialPort.live()).toMatchObject([{ requestId: JSON.parse(stdout).RequestId }]);
  });

  test("prints the service's message", async () => {
    const options = { "instance-id": idOf("stopped"), "instance-os-user": "cli" };
    const { status, stderr } = await aws("send-ssh-public-key", options);
    expect(status).toBe(254);
    expect(stderr).toContain("An error occurred (EC2InstanceStateInvalidException) when calling the SendSSHPublicKey");
    expect(stderr).toContain(`${idOf("stopped")} is stopped, not running`);
  });
});

/** Returns an "ssh-rsa …" key of 2048 bits in the format of RFC 4253 §6.6. */
function rsaKey(): string {
  const { n = "", e = "" } = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" });
  const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, bytes.length >> 8, bytes.length & 255]), bytes]);
  const number = (text: string) =>
    field(Buffer.concat([Buffer.alloc(text === e ? 0 : 1), Buffer.from(text, "base64url")]));
  return `ssh-rsa ${Buffer.concat([field(Buffer.from("ssh-rsa")), number(e), number(n)]).toString("base64")}\n`;
}
