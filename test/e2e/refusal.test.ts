/** Logins that are refused although the service is well. sshd's log must stay free of complaints about them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { sshdIn } from "../support/sshd.ts";
import { type Instance, openInstance } from "../support/sshd-instance.ts";
import { type KeyPair, newKey } from "../support/sshd-keys.ts";

describeWith("sshd", "a login is refused silently", () => {
  let instance: Instance;
  let key: KeyPair;
  beforeAll(async () => {
    instance = await openInstance();
    key = await newKey(instance.namespace);
  });
  afterAll(() => instance?.close());

  test("without any pushed key", async () => {
    expect(complaints(await instance.sshd.refused("alice", [key]))).toEqual([]);
  });

  test("as another user than that of the pushed key", async () => {
    await instance.push("alice", key);
    expect(complaints(await instance.sshd.refused("bob", [key]))).toEqual([]);
    expect(await instance.questions("bob")).toBe(1);
  });

  test("with keys that are not the pushed one", async () => {
    const { namespace, sshd, push } = instance;
    const others = [await newKey(namespace), await newKey(namespace), await newKey(namespace)];
    await push("alice", key);
    expect(complaints(await sshd.refused("alice", others))).toEqual([]);
  });

  test("for an unknown user, for which no request is sent", async () => {
    await instance.push("carol", key);
    expect(complaints(await instance.sshd.refused("carol", [key]))).toEqual([]);
    expect(await instance.questions("carol")).toBe(0);
  });

  test("with a key that is for another instance", async () => {
    const { namespace, sshd, simulator } = instance;
    const stray = await newKey(namespace);
    await simulator.tell("push", { user: "alice", publicKey: stray.line, instance: "i-0ffffffffffffffff" });
    expect(complaints(await sshd.refused("alice", [stray]))).toEqual([]);
  });
});

describeWith("sshd", "an option smuggled into a properly signed key line is never obeyed", () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await openInstance();
  });
  afterAll(() => instance?.close());

  test.each([
    { before: 'command="touch /tmp/smuggled"' },
    { before: 'restrict,command="touch /tmp/smuggled",pty' },
    { before: 'environment="SMUGGLED=1"' },
    { before: "cert-authority" },
    { before: 'from="127.0.0.1"' },
    { before: "no-pty" },
  ])("$before", async ({ before }) => {
    const { namespace, simulator, sshd } = instance;
    const key = await newKey(namespace);
    await simulator.tell("push", { raw: true, user: "alice", keyLine: `${before} ${key.line}` });
    expect(complaints(await sshd.refused("alice", [key]))).toEqual([]);
    expect(await namespace.run(["ls", "-A", "/tmp"])).toMatchObject({ status: 0, stdout: "" });
  });

  test("and the valid key next to it is still accepted", async () => {
    const { namespace, simulator, push } = instance;
    const sshd = await sshdIn(namespace, { port: 2203, settings: ["PermitUserEnvironment yes"] });
    const [smuggler, honest] = [await newKey(namespace), await newKey(namespace)];
    const keyLine = `environment="SMUGGLED=1" ${smuggler.line}`;
    await simulator.tell("push", { raw: true, user: "bob", keyLine });
    await push("bob", honest);
    expect(await sshd.login("bob", [smuggler, honest], "env")).toMatchObject({
      status: 0,
      stdout: expect.not.stringContaining("SMUGGLED"),
    });
    expect(sshd.log.lines.filter((line) => line.startsWith("Accepted publickey"))).toEqual([
      expect.stringContaining(honest.fingerprint),
    ]);
  });
});

/** Returns sshd's complaints about the command, and all other lines that an ordinary refusal does not log. */
function complaints(lines: readonly string[]): string[] {
  const ordinary = [
    /^Connection from 127\.0\.0\.1 /,
    /^Failed publickey for (invalid user )?\S+ from 127\.0\.0\.1 /,
    /^Invalid user carol from 127\.0\.0\.1 /,
    /^Connection closed by (authenticating|invalid) user \S+ 127\.0\.0\.1 /,
    // Once for each key for which the service could not be asked: "carol" has no account.
    /^(input_userauth_request: invalid user|Postponed publickey for invalid user) carol /,
  ];
  return lines.filter((line) => !ordinary.some((pattern) => pattern.test(line)));
}
