/** `eic-simulator up --sshd`: the clients that people use, up to a login at a real sshd that asks the agent. */
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { awsCli } from "../../tools/parts.ts";
import { type Namespace, openNamespace, PROGRAMS, SIMULATOR } from "../support/namespace.ts";

import { describeWith } from "../support/needs.ts";
import { makeAccounts } from "../support/sshd-accounts.ts";

const FOLDER = "/run/eic";

describeWith("sshd", "a real sshd beside the simulator", () => {
  let namespace: Namespace;

  beforeAll(async () => {
    namespace = await openNamespace();
    makeAccounts(namespace);
    // As on a host: without a service for sshd, PAM refuses.
    namespace.write("/etc/pam.d/sshd", "account required pam_permit.so\nsession required pam_permit.so\n");
  });
  afterAll(() => namespace.close());

  /** Runs a shell script while `up --sshd` is up, as another user if words for that are given. */
  const withSshd = (
    script: string,
    flags: readonly string[] = ["--folder", FOLDER, "--sshd"],
    as: readonly string[] = [],
  ) => namespace.run([...as, `${PROGRAMS}/node`, SIMULATOR, "up", ...flags, "--", "sh", "-ec", script]);

  const isListening = async () => (await namespace.run(["pgrep", "-x", "sshd"])).status === 0;

  describeWith("aws-cli", "the AWS CLI", () => {
    test("looks the instance up, pushes a key, and logs in", async () => {
      const aws = awsCli();
      // `aws` runs the ssh that it finds; this one has the settings that `up --sshd` wrote.
      namespace.write("/run/bin/ssh", '#!/bin/sh\nexec /usr/bin/ssh -F "$EIC_SIMULATOR_SSH_CONFIG" "$@"\n', 0o755);
      const { stdout: version } = await namespace.mustRun([aws, "--version"]);
      const ended = await withSshd(`PATH=/run/bin:$PATH\n${hasSsh(version) ? oneCommand(aws) : sameCalls(aws)}`);
      expect(ended).toMatchObject({ status: 0, stdout: "alice\n" });
      expect(ended.stderr).toMatch(/ {2}200 {2}API {2}DescribeInstances {2}/);
      expect(ended.stderr).toMatch(/ {2}200 {2}API {2}SendSSHPublicKey {2}/);
      expect(ended.stderr).toMatch(/ {2}sshd Accepted publickey for alice from 127\.0\.0\.1 /);
      expect(await isListening()).toBe(false);
    });
  });

  describeWith("boto3", "boto3", () => {
    test("does as mssh does: the zone of the instance, its public name, an RSA key", async () => {
      const client = readFileSync(new URL("simulator-sshd.py", import.meta.url), "utf8");
      namespace.write("/run/mssh.py", client);
      const ended = await withSshd("mkdir /run/keys; exec /usr/bin/python3 /run/mssh.py bob /run/keys");
      expect(ended).toMatchObject({ status: 0, stdout: "bob at localhost\n" });
    });
  });

  test("an ordinary user's sshd logs in this user", async () => {
    const user = ["setpriv", "--reuid=alice", "--regid=alice", "--clear-groups"];
    const folder = "/home/alice/eic";
    const script = `
      ssh-keygen -q -t ed25519 -N "" -f /home/alice/key
      ${PROGRAMS}/node ${SIMULATOR} push --folder ${folder} --user alice --public-key /home/alice/key.pub >/home/alice/pushed
      exec ssh -F "$EIC_SIMULATOR_SSH_CONFIG" -i /home/alice/key "alice@$EIC_SIMULATOR_INSTANCE_ID" id -un`;
    const ended = await withSshd(script, ["--folder", folder, "--sshd"], user);
    expect(ended).toMatchObject({ status: 0, stdout: "alice\n" });
    expect(readdirSync(namespace.outside(folder)).sort()).toEqual([
      "anchors.pem",
      "config.toml",
      "ssh_host_ed25519_key",
      "ssh_host_ed25519_key.pub",
    ]);
    expect(await isListening()).toBe(false);
  });

  test("an sshd that cannot start is one line, and nothing is left running", async () => {
    const ended = await withSshd("true", ["--folder", FOLDER, "--sshd", "203.0.113.9:22"]);
    expect(ended).toMatchObject({ status: 1, stdout: "" });
    expect(ended.stderr.trim().split("\n").at(-1)).toBe(
      "eic-simulator: sshd does not start: Cannot bind any address.; name another ADDRESS:PORT with --sshd",
    );
    expect(await isListening()).toBe(false);
  });

  test("a session that is open when the simulator ends is closed", async () => {
    const script = `
      ssh-keygen -q -t ed25519 -N "" -f /run/open
      ${PROGRAMS}/node ${SIMULATOR} push --folder ${FOLDER} --user alice --public-key /run/open.pub >/run/pushed
      mkfifo /run/said
      ssh -F "$EIC_SIMULATOR_SSH_CONFIG" -i /run/open "alice@$EIC_SIMULATOR_INSTANCE_ID" "echo in; exec sleep 600" \\
        </dev/null >/run/said 2>&1 &
      head -n 1 /run/said`;
    expect(await withSshd(script)).toMatchObject({ status: 0, stdout: "in\n" });
    expect((await namespace.run(["pgrep", "-x", "sshd|sleep"])).stdout).toBe("");
  });
});

/** `aws ec2-instance-connect ssh` is in the AWS CLI from 2.12 on. */
function hasSsh(version: string): boolean {
  const [, major = 0, minor = 0] = /^aws-cli\/(\d+)\.(\d+)\./.exec(version) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 12);
}

const oneCommand = (aws: string): string => `
  echo id -un | ${aws} ec2-instance-connect ssh --connection-type direct --instance-id "$EIC_SIMULATOR_INSTANCE_ID" \\
    --os-user alice --ssh-port "$EIC_SIMULATOR_SSH_PORT"`;

/** The calls that \`aws ec2-instance-connect ssh\` makes, one by one, with the endpoint as older versions need it. */
const sameCalls = (aws: string): string => `
  address=$(${aws} ec2 describe-instances --endpoint-url "$AWS_ENDPOINT_URL_EC2" --output text \\
    --instance-ids "$EIC_SIMULATOR_INSTANCE_ID" --query 'Reservations[0].Instances[0].PublicIpAddress')
  ssh-keygen -q -t ed25519 -N "" -f /run/aws-key
  ${aws} ec2-instance-connect send-ssh-public-key --endpoint-url "$AWS_ENDPOINT_URL_EC2_INSTANCE_CONNECT" \\
    --instance-id "$EIC_SIMULATOR_INSTANCE_ID" --instance-os-user alice --ssh-public-key file:///run/aws-key.pub >/run/pushed
  echo id -un | ssh -T -p "$EIC_SIMULATOR_SSH_PORT" -i /run/aws-key "alice@$address"`;
