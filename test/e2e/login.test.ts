/** Login with a pushed key: a real ssh, a real sshd, and the built bundle, called by the path that sshd uses. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { AGENT } from "../support/namespace.ts";
import { describeWith } from "../support/needs.ts";
import { sshdIn } from "../support/sshd.ts";
import { type Instance, openInstance } from "../support/sshd-instance.ts";
import { newKey } from "../support/sshd-keys.ts";

describeWith("sshd", "a pushed key logs in", () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await openInstance("127.0.0.1:8254");
  });
  afterAll(() => instance?.close());

  test.each([{ type: "ed25519" }, { type: "rsa" }] as const)("of type $type", async ({ type }) => {
    const { namespace, sshd, push } = instance;
    const key = await newKey(namespace, type);
    await push("alice", key);
    expect(await sshd.login("alice", [key])).toMatchObject({ status: 0, stdout: "alice\n", stderr: "" });
    await sshd.log.line(new RegExp(`^Accepted publickey for alice .*${literally(key.fingerprint)}$`));
  });

  test("that is the third of three offered keys, with four calls", async () => {
    const { namespace, sshd, push, questions } = instance;
    const keys = [await newKey(namespace), await newKey(namespace), await newKey(namespace)];
    const [, , third] = keys;
    if (third !== undefined) await push("bob", third);
    expect(await sshd.login("bob", keys)).toMatchObject({ status: 0, stdout: "bob\n" });
    // Three calls to find the key, one more after ssh has signed with it.
    expect(await questions("bob")).toBe(4);
  });

  test("next to other keys that were pushed for the same user", async () => {
    const { namespace, sshd, push } = instance;
    const keys = [await newKey(namespace), await newKey(namespace)];
    for (const key of keys) await push("alice", key);
    for (const key of keys) {
      expect(await sshd.login("alice", [key])).toMatchObject({ status: 0, stdout: "alice\n" });
    }
  });

  test.each(["first.last", "user@corp.example", "machine$", "0042x"])("of the user %s", async (user) => {
    const { namespace, sshd, push } = instance;
    const key = await newKey(namespace);
    await push(user, key);
    expect(await sshd.login(user, [key])).toMatchObject({ status: 0, stdout: `${user}\n` });
  });

  test("if sshd_config has FingerprintHash md5", async () => {
    const { namespace, push } = instance;
    const sshd = await sshdIn(namespace, { port: 2201, settings: ["FingerprintHash md5"] });
    const [other, key] = [await newKey(namespace), await newKey(namespace)];
    await push("alice", key);
    expect(await sshd.login("alice", [other, key])).toMatchObject({ status: 0, stdout: "alice\n" });
    await sshd.log.line(/^Accepted publickey for alice .* MD5:[0-9a-f:]+$/);
  });

  test("if sshd_config names other settings, and with them another endpoint", async () => {
    const { namespace, simulator, push } = instance;
    const written = (await namespace.mustRun(["cat", simulator.config])).stdout;
    namespace.write("/etc/other.toml", written.replace(/^endpoint = .*$/m, 'endpoint = "http://127.0.0.1:8254"'));
    const command = [...AGENT, "--config", "/etc/other.toml", "%u", "%f"].join(" ");
    const sshd = await sshdIn(namespace, { port: 2202, command });
    const key = await newKey(namespace);
    await push("bob", key);
    expect(await sshd.login("bob", [key])).toMatchObject({ status: 0, stdout: "bob\n" });
  });
});

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
