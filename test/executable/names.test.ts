/** Only the name by which the executable is called selects the program that it runs. */
import { chmodSync, copyFileSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { command, run } from "../support/agent.ts";
import { folder } from "../support/host-log.ts";
import { EXECUTABLE } from "../support/program.ts";

const WRONGLY = { status: 2, stdout: "", stderr: "" };

test("a link, a link to a link and a copy named authorized-keys are sshd's entry point", async () => {
  const at = folder();
  const [link, second, copy] = [join(at, "authorized-keys"), join(at, "a b", "authorized-keys"), join(at, "c")];
  symlinkSync(EXECUTABLE, link);
  mkdirSync(join(at, "a b"));
  symlinkSync(link, second);
  mkdirSync(copy);
  copyFileSync(EXECUTABLE, join(copy, "authorized-keys"));
  chmodSync(join(copy, "authorized-keys"), 0o755);
  for (const door of [link, second, join(copy, "authorized-keys")]) {
    expect(await run([door, "--version", "SHA256:x", "y"])).toEqual(expect.objectContaining(WRONGLY));
  }
});

test("a relative path and a name found in PATH make no difference", async () => {
  const at = folder();
  symlinkSync(EXECUTABLE, join(at, "authorized-keys"));
  expect(await run(["sh", "-c", `cd '${at}' && exec ./authorized-keys --help x y`])).toMatchObject(WRONGLY);
  expect(await run(["sh", "-c", `PATH='${at}' exec authorized-keys --help x y`])).toMatchObject(WRONGLY);
});

test("a link named eic-simulator is the simulator", async () => {
  const at = folder();
  symlinkSync(EXECUTABLE, join(at, "eic-simulator"));
  const { status, stdout } = await run([join(at, "eic-simulator"), "--help"]);
  expect(status).toBe(0);
  expect(stdout).toContain("eic-simulator <command>");
  expect(stdout).toContain("eic-simulator up");
});

test("any other name is the command line", async () => {
  const at = folder();
  symlinkSync(EXECUTABLE, join(at, "something"));
  const { stdout } = await run([join(at, "something"), "--version"]);
  expect(stdout).toBe((await run(command("--version"))).stdout);
  expect(stdout).toMatch(
    /^eic-agent \d+\.\d+\.\d+ \(Node 24\.\d+\.\d+, OpenSSL 3\.\d+\.\d+, executable with start-up snapshot\)\n$/,
  );
});
