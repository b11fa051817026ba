/** The simulator inside the executable: started by its name; the agent accepts a key that AWS's SDK pushed to it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as sdk from "@aws-sdk/client-ec2-instance-connect";
import { expect, onTestFinished, test } from "vitest";
import { running } from "../simulator/bundle.ts";
import { run } from "../support/agent.ts";
import { folder } from "../support/host-log.ts";
import { fingerprint, KEY } from "../support/keys.ts";
import { calledAs, EXECUTABLE } from "../support/program.ts";

/** Starts `up`. @returns its folder, and the variables that it wrote for clients */
async function up(): Promise<{ at: string; env: Record<string, string> }> {
  const at = folder();
  const [simulator = ""] = calledAs("eic-simulator", at);
  const program = running(simulator, ["up", "--folder", join(at, "run")]);
  onTestFinished(() => void program.child.kill("SIGKILL"));
  await program.until("Ctrl-C ends it\n");
  const lines = readFileSync(join(at, "run/aws.env"), "utf8").matchAll(/^export (\w+)='?(.*?)'?$/gm);
  return { at: join(at, "run"), env: Object.fromEntries([...lines].map(([, name = "", value = ""]) => [name, value])) };
}

test("a key pushed with the SDK is passed to sshd", async () => {
  const { at, env } = await up();
  const client = new sdk.EC2InstanceConnectClient({
    region: env.AWS_REGION ?? "",
    endpoint: env.AWS_ENDPOINT_URL_EC2_INSTANCE_CONNECT ?? "",
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? "",
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? "",
      sessionToken: env.AWS_SESSION_TOKEN ?? "",
    },
  });
  onTestFinished(() => client.destroy());
  const request = { InstanceId: env.EIC_SIMULATOR_INSTANCE_ID, InstanceOSUser: "alice", SSHPublicKey: KEY };
  expect(await client.send(new sdk.SendSSHPublicKeyCommand(request))).toMatchObject({ Success: true });

  const words = [EXECUTABLE, "explain", "--config", join(at, "config.toml"), "--no-sshd", "alice", fingerprint(KEY)];
  expect(await run(words)).toMatchObject({ status: 0, stdout: expect.stringContaining("accepted") });
});

test("two of them have different random values", async () => {
  const seen = await Promise.all(
    Array.from({ length: 2 }, async () => {
      const { at } = await up();
      const anchors = readFileSync(join(at, "anchors.pem"), "utf8");
      const [, endpoint = ""] = /^endpoint = "(.*)"$/m.exec(readFileSync(join(at, "config.toml"), "utf8")) ?? [];
      const headers = { "X-aws-ec2-metadata-token-ttl-seconds": "60" };
      const token = await (await fetch(`${endpoint}/latest/api/token`, { method: "PUT", headers })).text();
      return { anchors, token };
    }),
  );
  for (const kind of ["anchors", "token"] as const) {
    expect(seen[0]?.[kind]).not.toBe("");
    expect(seen[0]?.[kind]).not.toBe(seen[1]?.[kind]);
  }
});
