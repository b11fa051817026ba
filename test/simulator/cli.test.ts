/** The command line, with the shipped bundle: `up`, and the commands that talk to it. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bundle, KEY, keyFile, PRINT, type Running, run, up } from "./bundle.ts";
import { folder } from "./openssl.ts";

const script = await bundle();

const endpointOf = ({ said }: Running): string => /metadata {2}(\S+)/.exec(said())?.[1] ?? "";

test("up writes settings, prints commands to paste, shows a push and a request, and ends cleanly on Ctrl-C", async () => {
  const at = folder();
  const program = await up(script, at, "--instance-id", "i-0123456789abcdef0", "--region", "eu-west-1");
  const config = join(at, "config.toml");
  expect(program.said()).toContain(`node ${script} push --folder ${at} --user "$USER" --public-key`);
  expect(program.said()).toContain(`eic-agent authorized-keys --config ${config} "$USER"`);
  expect(program.said()).toContain(
    `AuthorizedKeysCommand /usr/bin/eic-agent authorized-keys --config ${config} -- %u %f`,
  );
  expect(program.said()).not.toContain("\x1b");
  expect(readFileSync(config, "utf8")).toContain(`endpoint = "${endpointOf(program)}"`);
  expect(readFileSync(config, "utf8")).toContain('id = "i-0123456789abcdef0"');

  const pushed = run(script, "push", "--folder", at, "--user", "ec2-user", "--public-key", keyFile(`${KEY} me\n`));
  expect(pushed).toMatchObject({ status: 0, stderr: "" });
  expect(pushed.stdout).toMatch(new RegExp(`^pushed ${PRINT} for ec2-user until .*, request [0-9a-f-]{36}\n$`));
  await program.until(new RegExp(`\\d\\d:\\d\\d:\\d\\d {2}key {2}ec2-user {2}${PRINT} {2}until`));

  await fetch(`${endpointOf(program)}/latest/api/token`, { method: "PUT" });
  await program.until(/ {2}400 {2}PUT {2}\/latest\/api\/token\n/);

  expect(existsSync(join(at, "control.sock"))).toBe(true);
  program.child.kill("SIGINT");
  expect(await program.ended).toBe(0);
  expect(program.said()).toMatch(/stopped after 1 requests\n$/);
  expect(existsSync(join(at, "control.sock"))).toBe(false);
});

test("SIGTERM ends it cleanly, too, during a request", async () => {
  const at = folder();
  const program = await up(script, at);
  run(script, "fault", "hang", "--path", "token", "--folder", at);
  const hanging = fetch(`${endpointOf(program)}/latest/api/token`, { method: "PUT" }).then(
    () => "answered",
    () => "destroyed",
  );
  await program.until("fault: hang");
  program.child.kill("SIGTERM");
  expect(await program.ended).toBe(0);
  expect(await hanging).toBe("destroyed");
});

test("it ends when its output is no longer read", async () => {
  const at = folder();
  const program = await up(script, at);
  program.child.stdout.destroy();
  // The program notices this at the first line that it cannot write.
  await fetch(endpointOf(program)).catch(() => undefined);
  expect(await program.ended).toBe(0);
  expect(existsSync(join(at, "control.sock"))).toBe(false);
});

test("a foreign name cannot move the cursor of the terminal", async () => {
  const at = folder();
  const program = await up(script, at);
  run(script, "push", "--folder", at, "--user", "r\u202eo\xfct", "--public-key", keyFile(KEY));
  await program.until("key  r\\u202eo\\xfct  SHA256:");
});

test("a second one in the same folder is refused, without an effect on the first", async () => {
  const at = folder();
  await up(script, at);
  const second = run(script, "up", "--folder", at);
  expect(second).toMatchObject({ status: 1, stdout: "" });
  expect(second.stderr).toBe(
    `eic-simulator: a simulator runs in ${at} already; stop it, or name another folder with --folder\n`,
  );
  expect(run(script, "status", "--folder", at).status).toBe(0);
});

test("one that was killed does not block the next", async () => {
  const at = folder();
  const program = await up(script, at);
  program.child.kill("SIGKILL");
  await program.ended;
  expect(run(script, "status", "--folder", at).stderr).toContain(`no simulator runs in ${at}; start one with`);
  await up(script, at);
  expect(run(script, "status", "--folder", at).status).toBe(0);
});

test("the control socket is for its owner only", async () => {
  const at = folder();
  await up(script, at);
  expect(statSync(join(at, "control.sock")).mode & 0o777).toBe(0o600);
});

test("the other commands change what is served while it runs", async () => {
  const at = folder();
  const program = await up(script, at);
  const did = (command: string, ...args: string[]) => {
    const { status, stdout, stderr } = run(script, command, ...args, "--folder", at);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return stdout;
  };
  did("push", "--user", "alice", "--public-key", keyFile(KEY), "--caller", "arn:aws:iam::111122223333:user/bob");
  expect(did("status")).toMatch(new RegExp(`live keys\n {2}alice {2}${PRINT} {2}([1-9]|[1-5]\\d|60) s left\n`));
  expect(did("clock", "--advance", "61")).toContain("live keys\n  none\n");
  expect(did("fault", "503", "--path", "token", "--times", "1")).toContain("faults\n  503  token  1\n");
  expect((await fetch(`${endpointOf(program)}/latest/api/token`, { method: "PUT" })).status).toBe(503);
  expect((await fetch(`${endpointOf(program)}/latest/api/token`, { method: "PUT" })).status).toBe(400);
  expect(did("fault", "slow", "--path", "*", "--ms", "5")).toContain("slow  *  always");
  expect(did("clear", "--path", "*")).toContain("faults\n  none\n");
  expect(did("revoke", "signer")).toContain("revoked\n  signer\n");
  expect(did("rotate")).toContain("revoked\n  none\n");
  did("staples", "--age", "stale", "--responder", "delegated", "--cert-id", "SHA-256", "--names", "arbitrary");
});

test("--help shows commands and examples, --version the version, and both exit with 0", () => {
  expect(run(script, "--version")).toEqual({ status: 0, stdout: "1.2.3\n", stderr: "" });
  const help = run(script, "--help");
  expect(help).toMatchObject({ status: 0, stderr: "" });
  for (const command of ["up", "push", "fault <name>", "clear", "clock", "rotate", "revoke", "staples", "status"]) {
    expect(help.stdout).toContain(`eic-simulator ${command}`);
  }
  expect(help.stdout).toContain("eic-simulator push --user alice --public-key");
  expect(run(script, "fault", "--help").stdout).toContain("takes the request and never answers");
});
