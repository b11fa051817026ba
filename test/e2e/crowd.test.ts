/**
 * Sixty logins at once (on a slow machine fewer), each with its own programs. The test runs alone: it measures what two
 * cores can do, not half of them.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { crowdOf } from "../../tools/slowness.ts";
import { describeWith } from "../support/needs.ts";
import { type Instance, openInstance } from "../support/sshd-instance.ts";
import { newKey } from "../support/sshd-keys.ts";

const LOGINS = crowdOf(60, 12);

describeWith("sshd", "a crowd", () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await openInstance();
  });
  afterAll(() => instance?.close());

  test(`of ${LOGINS} logins at once succeeds completely`, async () => {
    const { namespace, sshd, push } = instance;
    const key = await newKey(namespace);
    await push("alice", key);
    const begun = performance.now();
    const logins = await Promise.all(Array.from({ length: LOGINS }, () => sshd.login("alice", [key])));
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    const inside = logins.filter(({ status, stdout }) => status === 0 && stdout === "alice\n");
    process.stdout.write(`${inside.length} of ${LOGINS} logins at once are in, after ${seconds} s\n`);
    expect(logins.filter((login) => !inside.includes(login))).toEqual([]);
  });
});
