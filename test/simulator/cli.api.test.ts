/** The API through the command line, with the shipped bundle: output, files and log of `up`, and `up -- COMMAND`. */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EC2InstanceConnectClient, SendSSHPublicKeyCommand } from "@aws-sdk/client-ec2-instance-connect";
import { expect, onTestFinished, test } from "vitest";
import { bundle, KEY, PRINT, type Running, run, running, up } from "./bundle.ts";
import { folder } from "./openssl.ts";

const script = await bundle();

/** Creates a client with the values that `up` printed. */
function client({ said }: Running): EC2InstanceConnectClient {
  const exported = (name: string) => new RegExp(`export ${name}=(\\S+)`).exec(said())?.[1] ?? "";
  const one = new EC2InstanceConnectClient({
    endpoint: /API {7}(\S+),/.exec(said())?.[1] ?? "",
    region: exported("AWS_REGION"),
    credentials: {
      accessKeyId: exported("AWS_ACCESS_KEY_ID"),
      secretAccessKey: exported("AWS_SECRET_ACCESS_KEY"),
      sessionToken: exported("AWS_SESSION_TOKEN"),
    },
    maxAttempts: 1,
  });
  onTestFinished(() => one.destroy());
  return one;
}

const push = (InstanceId = "i-0abcdef1234567890") =>
  new SendSSHPublicKeyCommand({ InstanceId, InstanceOSUser: "ec2-user", SSHPublicKey: KEY });

test("up prints an endpoint and credentials that an SDK pushes with, and logs the call with the same request id", async () => {
  const at = folder();
  const log = join(at, "calls.jsonl");
  const program = await up(script, at, "--log", log);
  expect(program.said()).toMatch(
    /aws ec2-instance-connect send-ssh-public-key --endpoint-url http:\/\/127\.0\.0\.1:\d+ /,
  );
  expect(program.said()).toContain('ssh -i ~/.ssh/id_ed25519 "$USER@localhost"');
  const { RequestId } = await client(program).send(push());
  await program.until(new RegExp(`key {2}ec2-user {2}${PRINT} .* request ${RequestId}\n`));
  await program.until(
    / {2}200 {2}API {2}SendSSHPublicKey {2}arn:aws:sts::111122223333:assumed-role\/Simulated\/session\n/,
  );
  expect(run(script, "status", "--folder", at).stdout).toMatch(/0 requests, 1 calls\n/);

  const { stdout } = run(script, "fault", "ServiceException", "--path", "api", "--times", "1", "--folder", at);
  expect(stdout).toContain("ServiceException  api  1");
  await expect(client(program).send(push())).rejects.toThrow("the service met an error");
  await program.until("500  API  SendSSHPublicKey  ServiceException: the service met an error");
  const text = readFileSync(log, "utf8");
  const [first, second, ...more] = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(more).toEqual([]);
  expect(first).toMatchObject({
    ...{ eventSource: "ec2-instance-connect.amazonaws.com", eventName: "SendSSHPublicKey", awsRegion: "us-east-1" },
    ...{ sourceIPAddress: "127.0.0.1", userAgent: expect.stringMatching(/^aws-sdk-js\//) },
    requestParameters: { instanceId: "i-0abcdef1234567890", instanceOSUser: "ec2-user", sSHPublicKey: PRINT },
    responseElements: { requestId: RequestId, success: true },
    ...{ requestID: RequestId, eventID: expect.stringMatching(/^[0-9a-f-]{36}$/), httpStatus: 200 },
  });
  expect(second).toMatchObject({ errorCode: "ServiceException", responseElements: null, httpStatus: 500 });
  expect(text).not.toContain(KEY.split(" ")[1]);
  expect(statSync(log).mode & 0o777).toBe(0o600);
});

test("a key for the serial console is shown, and an instance is changed, while it runs", async () => {
  const at = folder();
  const program = await up(script, at);
  const { SendSerialConsoleSSHPublicKeyCommand } = await import("@aws-sdk/client-ec2-instance-connect");
  const serial = new SendSerialConsoleSSHPublicKeyCommand({ InstanceId: "i-0abcdef1234567890", SSHPublicKey: KEY });
  await client(program).send(serial);
  expect(run(script, "status", "--folder", at).stdout).toMatch(
    new RegExp(`serial port 0\n {2}${PRINT} {2}([1-9]|[1-5]\\d|60) s left\n`),
  );
  const active = run(script, "instance", "--serial-console", "active", "--folder", at);
  expect(active.stdout).toContain("i-0abcdef1234567890  us-east-1a  t3.micro  running  serial console active\n");
  await expect(client(program).send(serial)).rejects.toThrow("active session");
  run(script, "instance", "--state", "stopped", "--no-available", "--folder", at);
  await expect(client(program).send(push())).rejects.toThrow("is stopped, not running");
  expect(run(script, "clock", "--advance", "61", "--folder", at).stdout).toContain("serial port 0\n  none\n");
});

test("--settings defines instances and principals, and each has its own settings for the agent", async () => {
  const at = folder();
  const file = join(at, "settings.toml");
  const [first, second] = ["i-0000000000000000a", "i-0000000000000000b"];
  writeFileSync(
    file,
    `region = "eu-west-1"\n[[instances]]\nid = "${first}"\n[[instances]]\nid = "${second}"\nmetadata = "127.0.0.1:0"\n` +
      `[[principals]]\narn = "arn:aws:sts::111122223333:assumed-role/One/a"\ninstances = ["${first}"]\n` +
      `[[principals]]\narn = "arn:aws:iam::111122223333:user/two"\n`,
  );
  const program = await up(script, at, "--settings", file);
  expect(program.said()).toMatch(new RegExp(`instance {2}${second} {2}http://127\\.0\\.0\\.1:\\d+\n`));
  expect(program.said()).toMatch(
    /as arn:aws:iam::111122223333:user\/two\n {2}export AWS_ACCESS_KEY_ID=AKIA[A-Z2-7]{16}\n/,
  );
  expect(readFileSync(join(at, "config.toml"), "utf8")).toContain(`id = "${first}"`);
  expect(readFileSync(join(at, second, "config.toml"), "utf8")).toContain(`id = "${second}"`);
  await expect(client(program).send(push(second))).rejects.toThrow(`instance/${second} because no`);
  const toSecond = ["push", "--user", "alice", "--instance-id", second, "--public-key", join(at, "id.pub")];
  writeFileSync(join(at, "id.pub"), KEY);
  expect(run(script, ...toSecond, "--folder", at)).toMatchObject({ status: 0, stderr: "" });
  expect(run(script, "status", "--folder", at).stdout).toMatch(
    new RegExp(`alice {2}${PRINT} {2}\\d+ s left {2}${second}\n`),
  );
});

test("aws.env has the variables for a shell, is readable by its owner only, and is removed with the simulator", async () => {
  const at = folder();
  const program = await up(script, at);
  const env = join(at, "aws.env");
  expect(statSync(env).mode & 0o777).toBe(0o600);
  const text = readFileSync(env, "utf8");
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL_EC2_INSTANCE_CONNECT", "AWS_EC2_METADATA_DISABLED=true"]) {
    expect(text).toContain(`\nexport ${name}`);
  }
  program.child.kill("SIGTERM");
  expect(await program.ended).toBe(0);
  expect(existsSync(env)).toBe(false);
});

test("with --log - only the calls are on stdout, and everything else is on stderr", async () => {
  const at = folder();
  const program = await up(script, at, "--log", "-");
  const lines: Buffer[] = [];
  program.child.stdout.on("data", (chunk: Buffer) => lines.push(chunk));
  const { RequestId } = await client(program).send(push());
  await program.until("  200  API  ");
  program.child.kill("SIGTERM");
  await program.ended;
  expect(JSON.parse(Buffer.concat(lines).toString())).toMatchObject({ requestID: RequestId });
});

test("up -- COMMAND runs it with the environment of the simulator, ends with it, and has its exit status", async () => {
  const at = folder();
  const inside = `const { AWS_ACCESS_KEY_ID: id, AWS_ENDPOINT_URL_EC2_INSTANCE_CONNECT: at, EIC_SIMULATOR_FOLDER: folder } = process.env;
    fetch(at).then((reply) => { console.log(reply.status, id.length, folder); process.exitCode = 7; });`;
  const program = running(process.execPath, [script, "up", "--folder", at, "--", process.execPath, "-e", inside]);
  onTestFinished(() => void program.child.kill("SIGKILL"));
  const stdout: Buffer[] = [];
  program.child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  expect(await program.ended).toBe(7);
  expect(Buffer.concat(stdout).toString()).toBe(`403 20 ${at}\n`);
  expect(program.said()).toContain("403  API  -  MissingAuthenticationToken");
  expect(existsSync(join(at, "control.sock"))).toBe(false);
});

test("up -- COMMAND forwards a Ctrl-C, and ends when the command has", async () => {
  const at = folder();
  const inside = `process.on("SIGTERM", () => { console.log("told"); process.exit(3); }); console.log("waits"); setInterval(() => {}, 1000);`;
  const program = running(process.execPath, [script, "up", "--folder", at, "--", process.execPath, "-e", inside]);
  onTestFinished(() => void program.child.kill("SIGKILL"));
  await program.until("waits\n");
  program.child.kill("SIGTERM");
  expect(await program.ended).toBe(3);
  expect(program.said()).toContain("told\n");
});

test.each([
  {
    args: ["up", "--", "/nowhere/at-all"],
    status: 1,
    said: "cannot run /nowhere/at-all (ENOENT); name a program after --",
  },
  { args: ["status", "--", "true"], status: 2, said: "status takes no command after --" },
  { args: ["up", "--api", "localhost:80"], status: 2, said: "--api wants ADDRESS:PORT" },
  { args: ["up", "--api", "192.0.2.1:0"], status: 1, said: "cannot listen: " },
  { args: ["up", "--settings", "/nowhere.toml"], status: 1, said: "cannot read /nowhere.toml (ENOENT)" },
  {
    args: ["up", "--log", "/nowhere/log"],
    status: 1,
    said: "cannot write /nowhere/log (ENOENT); name another file with --log",
  },
  { args: ["up", "--api", "127.0.0.1:1", "--api", "127.0.0.1:2"], status: 2, said: "--api is given more than once" },
  { args: ["fault", "AuthException", "--path", "keys"], status: 1, said: "no simulator runs in" },
])("$args: $said", ({ args, status, said }) => {
  const [command = "", ...words] = args;
  const result = run(script, command, "--folder", folder(), ...words);
  expect(result).toMatchObject({ status, stdout: "" });
  expect(result.stderr).toMatch(/^eic-simulator: [^\n]+\n$/);
  expect(result.stderr).toContain(said);
});

test("a fault of the wire at the API says whether it takes the push, and an option chooses", async () => {
  const at = folder();
  const program = await up(script, at);
  const set = (...words: string[]) => run(script, "fault", "reset", "--path", "api", ...words, "--folder", at);
  expect(set("--times", "1", "--before").stdout).toContain("faults\n  reset  api  1  before the push\n");
  await expect(client(program).send(push())).rejects.toThrow();
  await program.until("---  API  SendSSHPublicKey  fault: reset, before the push\n");
  expect(set("--times", "1").stdout).toContain("faults\n  reset  api  1  after the push\n");
  await expect(client(program).send(push())).rejects.toThrow();
  await program.until(/ {2}--- {2}API {2}SendSSHPublicKey {2}arn:\S+ {2}fault: reset, after the push\n/);
  expect(run(script, "status", "--folder", at).stdout.match(/ec2-user/g)).toHaveLength(1);
  expect(set("--before", "--after")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("mutually exclusive"),
  });
});

test("an error of the API is not a fault of the metadata service", async () => {
  const at = folder();
  await up(script, at);
  const refused = run(script, "fault", "AuthException", "--path", "keys", "--folder", at);
  expect(refused.stderr).toContain("AuthException is an error of the API: its path must be api or an action");
  expect(run(script, "fault", "redirect", "--path", "api", "--folder", at).stderr).toContain(
    "the API does not redirect",
  );
});

test("it warns if the API listens on an address that others may reach", async () => {
  const at = folder();
  const program = await up(script, at, "--api", "0.0.0.0:0");
  expect(program.said()).toContain("note      0.0.0.0 is not a loopback address: others may reach it");
});
