/** Error messages of the command line: one line with a next step, and an exit status. */
import { spawnSync } from "node:child_process";
import { chmodSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bundle, KEY, keyFile, run, up } from "./bundle.ts";
import { folder } from "./openssl.ts";

const script = await bundle();

test.each([
  { args: [], status: 2, said: "name a command; see `eic-simulator --help`" },
  { args: ["dance"], status: 2, said: "Unknown argument: dance; see `eic-simulator --help`" },
  { args: ["push", "--user", "a"], status: 2, said: "Missing required argument: public-key; see" },
  {
    args: ["push", "--user", "a", "--user", "b", "--public-key", "k"],
    status: 2,
    said: "--user is given more than once",
  },
  { args: ["fault", "explode", "--path", "keys"], status: 2, said: 'Argument: name, Given: "explode"' },
  { args: ["up", "--listen", "localhost:80"], status: 2, said: "--listen wants ADDRESS:PORT, as" },
  { args: ["up", "--listen", "::1:80"], status: 2, said: "--listen wants ADDRESS:PORT, as" },
  { args: ["up", "--listen", "127.0.0.1:70000"], status: 2, said: "--listen wants ADDRESS:PORT, as" },
  { args: ["up", "--listen", "192.0.2.1:0"], status: 1, said: "EADDRNOTAVAIL" },
  { args: ["status"], status: 1, said: "start one with `eic-simulator up`, or name its folder with --folder" },
  {
    args: ["push", "--user", "a", "--public-key", "none.pub"],
    status: 1,
    said: "cannot read none.pub (ENOENT); name a",
  },
])("$args: $said", ({ args, status, said }) => {
  const result = run(script, ...args, "--folder", folder());
  expect(result).toMatchObject({ status, stdout: "" });
  expect(result.stderr).toMatch(/^eic-simulator: [^\n]+\n$/);
  expect(result.stderr).toContain(said);
});

test("the command prints the simulator's refusal", async () => {
  const at = folder();
  await up(script, at);
  const refused = run(script, "push", "--folder", at, "--user", "a", "--public-key", keyFile(`${KEY}\n${KEY}\n`));
  expect(refused).toMatchObject({ status: 1, stdout: "" });
  expect(refused.stderr).toContain(
    "the public key has a control character at column 81; see `eic-simulator push --help`",
  );
  expect(run(script, "fault", "hang", "--path", "nowhere", "--folder", at).stderr).toContain("no such path: nowhere");
});

test("a private key is not sent anywhere", () => {
  const file = keyFile("-----BEGIN OPENSSH PRIVATE KEY-----\n");
  expect(run(script, "push", "--user", "a", "--public-key", file).stderr).toContain("is a private key; name the .pub");
});

test("a folder that others can write in is refused", () => {
  const at = folder();
  chmodSync(at, 0o777);
  expect(run(script, "up", "--folder", at).stderr).toContain(`${at} is writable by other users`);
});

test("a folder too deep for a socket is refused", () => {
  const at = join(folder(), "x".repeat(100));
  expect(run(script, "status", "--folder", at).stderr).toContain("is too long for a unix socket; name a shorter");
});

test("a link in place of the usual folder is not followed", () => {
  const at = folder();
  symlinkSync(folder(), join(at, `eic-simulator-${process.getuid?.()}`));
  const { stderr } = spawnSync(process.execPath, [script, "up"], { encoding: "utf8", env: { TMPDIR: at } });
  expect(stderr).toContain("is writable by other users");
});
