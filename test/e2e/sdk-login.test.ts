/**
 * The whole path, with clients from other projects: an SDK pushes a key to the simulator's API, the metadata service
 * serves it, sshd asks the built agent, ssh logs in. Logins that must be refused are refused.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sendAction } from "../../src/simulator/cli/control.ts";
import { awsCli } from "../../tools/parts.ts";
import { FOLDER, laySdk, runInside, sdkPush } from "../clients/inside.ts";
import { METADATA_V4, type Namespace, openNamespace, SIMULATOR } from "../support/namespace.ts";
import { outputOf } from "../support/namespace-output.ts";
import { describeWith } from "../support/needs.ts";
import { type Sshd, sshdIn } from "../support/sshd.ts";
import { makeAccounts } from "../support/sshd-accounts.ts";
import { type KeyPair, newKey } from "../support/sshd-keys.ts";

const [HERE, ELSEWHERE] = ["i-0abcdef1234567890", "i-0000000000000000b"] as const;

/** The example credentials of AWS's documentation. */
const STRANGER = {
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  AWS_SESSION_TOKEN: "",
};

const SETTINGS = `
[[instances]]
id = "${HERE}"
[[instances]]
id = "${ELSEWHERE}"
[[principals]]
arn = "arn:aws:sts::111122223333:assumed-role/Admin/alice"
[[principals]]
arn = "arn:aws:iam::111122223333:user/stranger"
access_key_id = "${STRANGER.AWS_ACCESS_KEY_ID}"
secret_access_key = "${STRANGER.AWS_SECRET_ACCESS_KEY}"
instances = ["${ELSEWHERE}"]
`;

describeWith("sshd", "a key that is pushed", () => {
  let namespace: Namespace;
  let sshd: Sshd;

  beforeAll(async () => {
    namespace = await openNamespace();
    makeAccounts(namespace);
    namespace.write("/etc/eic-simulator.toml", SETTINGS);
    const up = ["up", "--folder", FOLDER, "--settings", "/etc/eic-simulator.toml", "--listen", `${METADATA_V4}:80`];
    const { stdout, stderr } = namespace.start([SIMULATOR, ...up]);
    if (stdout === null || stderr === null) throw new Error("started without pipes");
    await outputOf("eic-simulator", stdout, stderr).line(/Ctrl-C ends it/);
    namespace.write("/etc/eic-agent/config.toml", readFileSync(namespace.outside(`${FOLDER}/config.toml`), "utf8"));
    sshd = await sshdIn(namespace);

    await laySdk(namespace);
    namespace.write("/root/push.py", PUSH_PY);
  });
  afterAll(() => namespace?.close());

  const run = (words: readonly string[], more = {}) => runInside(namespace, words, more);
  const javascript = (user: string, key: KeyPair) => sdkPush(HERE, user, key);
  const python = (user: string, { path }: KeyPair) => ["/usr/bin/python3", "/root/push.py", HERE, user, `${path}.pub`];

  /** Expects a login, and the push's request id in the place where the agent's audit finds it. */
  async function expectLogin(user: string, key: KeyPair, requestId: string): Promise<void> {
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    const { keys } = await sendAction(namespace.outside(FOLDER), "status", {});
    expect(keys).toContainEqual(expect.objectContaining({ user, fingerprint: key.fingerprint, requestId }));
    expect(await sshd.login(user, [key])).toMatchObject({ status: 0, stdout: `${user}\n`, stderr: "" });
  }

  test("by AWS's SDK for JavaScript logs in, as that user only", async () => {
    const key = await newKey(namespace);
    await sshd.refused("alice", [key]);
    await expectLogin("alice", key, await run(javascript("alice", key)));
    await sshd.refused("bob", [key]);
  });

  test("by a principal that may not reach the instance does not log in", async () => {
    const key = await newKey(namespace, "rsa");
    expect(await run(javascript("alice", key), STRANGER)).toBe("AccessDeniedException");
    await sshd.refused("alice", [key]);
  });

  describeWith("boto3", "by Python", () => {
    test("with boto3 logs in, as that user only", async () => {
      const key = await newKey(namespace, "rsa");
      await expectLogin("bob", key, await run(python("bob", key)));
      await sshd.refused("alice", [key]);
    });

    test("with boto3, by a principal that may not reach the instance, does not log in", async () => {
      const key = await newKey(namespace);
      expect(await run(python("bob", key), STRANGER)).toBe("AccessDeniedException");
      await sshd.refused("bob", [key]);
    });
  });

  describeWith("aws-cli", "by the AWS CLI", () => {
    test("as `eic-simulator up` says to paste it logs in", async () => {
      const key = await newKey(namespace);
      const options = [
        "--instance-id",
        HERE,
        "--instance-os-user",
        "alice",
        "--ssh-public-key",
        `file://${key.path}.pub`,
      ];
      const script = `exec ${awsCli()} ec2-instance-connect send-ssh-public-key --endpoint-url "$AWS_ENDPOINT_URL_EC2_INSTANCE_CONNECT" "$@"`;
      const words = ["sh", "-c", script, "sh", ...options, "--query", "RequestId", "--output", "text"];
      await expectLogin("alice", key, await run(words));
    });
  });

  // This test is the last: it moves the service's clock.
  test("does not log in any more when its 60 seconds are over", async () => {
    const key = await newKey(namespace);
    await expectLogin("alice", key, await run(javascript("alice", key)));
    await sendAction(namespace.outside(FOLDER), "clock", { advance: 60 });
    await sshd.refused("alice", [key]);
  });
});

/** sdk-push.ts in Python. It passes the endpoint explicitly: Debian's boto3 is older than the variable for it. */
const PUSH_PY = `
import os, sys
import boto3
from botocore.exceptions import ClientError

instance, user, file = sys.argv[1:]
client = boto3.client("ec2-instance-connect", endpoint_url=os.environ["AWS_ENDPOINT_URL_EC2_INSTANCE_CONNECT"],
                      aws_session_token=os.environ.get("AWS_SESSION_TOKEN") or None)
try:
    reply = client.send_ssh_public_key(InstanceId=instance, InstanceOSUser=user, SSHPublicKey=open(file).read())
    print(reply["RequestId"])
except ClientError as error:
    print(error.response["Error"]["Code"])
`;
