/** Changes between two logins: a key expires, a signer is revoked, a service hangs and recovers. */
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { DOOR } from "../support/namespace.ts";
import { describeWith } from "../support/needs.ts";
import { within } from "../support/slack.ts";
import { type Instance, openInstance } from "../support/sshd-instance.ts";
import { newKey } from "../support/sshd-keys.ts";

/** sshd's log line for a call that ended with status 1: it could not be answered. */
const FAILED = /^(error: )?AuthorizedKeysCommand \S+authorized-keys \S+ \S+ failed, status 1$/;

describeWith("sshd", "between two logins", () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await openInstance();
  });
  afterAll(() => instance?.close());

  /** A key for bob that is served after its expiry, so that the agent must detect the expiry; and its first login. */
  const mortal = once(async () => {
    const { namespace, simulator, sshd } = instance;
    const key = await newKey(namespace);
    const push = { user: "bob", publicKey: key.line, lifetimeSeconds: 15, lingerSeconds: 600 };
    const { expires } = await simulator.tell("push", push);
    return { key, expires: Date.parse(expires), login: await sshd.login("bob", [key]) };
  });

  test("a key lives", async () => {
    expect((await mortal()).login).toMatchObject({ status: 0, stdout: "bob\n" });
  });

  test("the metadata service hangs: refused, with status 1 in sshd's log; then it works again and the key logs in", async () => {
    const { namespace, simulator, sshd, push } = instance;
    const key = await newKey(namespace);
    await push("alice", key);
    await simulator.tell("fault", { fault: "hang", path: "*" });
    onTestFinished(async () => void (await simulator.tell("clear", {})));
    const call = namespace.run([DOOR, "alice", key.fingerprint]);
    expect(await sshd.refused("alice", [key])).toContainEqual(expect.stringMatching(FAILED));
    const { ms, ...answer } = await call;
    expect(answer).toEqual({ status: 1, stdout: "", stderr: "" });
    expect(ms).toBeLessThan(await within(4000));

    await simulator.tell("clear", {});
    expect(await sshd.login("alice", [key])).toMatchObject({ status: 0, stdout: "alice\n" });
  });

  test("the signer is revoked: refused, with status 1; with another signer the key logs in", async () => {
    const { namespace, simulator, sshd, push } = instance;
    const key = await newKey(namespace);
    await push("alice", key);
    expect(await sshd.login("alice", [key])).toMatchObject({ status: 0 });
    await simulator.tell("revoke", { name: "signer" });
    expect(await sshd.refused("alice", [key])).toContainEqual(expect.stringMatching(FAILED));

    await simulator.tell("rotate", { what: "signer" });
    expect(await sshd.login("alice", [key])).toMatchObject({ status: 0, stdout: "alice\n" });
  });

  test("the key has expired: refused, without an error", async () => {
    const { key, expires } = await mortal();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, expires - Date.now())));
    const said = await instance.sshd.refused("bob", [key]);
    expect(said.filter((line) => line.includes("AuthorizedKeysCommand"))).toEqual([]);
  });
});

/** Returns a function that calls `make` at the first use and never again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
