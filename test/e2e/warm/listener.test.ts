/** Another listener in the service's place: when the relay does not ask it, rejects its answer, or believes it. */
import { chmodSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { answer } from "../../relay/service.ts";
import { describeWith } from "../../support/needs.ts";
import { COMMAND_USER_ID } from "../../support/sshd-accounts.ts";
import type { KeyPair } from "../../support/sshd-keys.ts";
import { SOCKET } from "../../support/warm-instance.ts";
import { withListener } from "./another-listener.ts";
import { CALLS, IN, oneByOne } from "./one-by-one.ts";

/** An answer that would let this key in. */
const forgedFor = ({ line }: KeyPair) => answer(0, `${line}\n`);

describeWith("warm-login", "another process listens in the service's place", () => {
  const here = oneByOne();

  test.each([
    { whose: "his socket", owner: COMMAND_USER_ID, mode: 0o755 },
    { whose: "root's socket, in a folder that a group can write to", owner: 0, mode: 0o775 },
    { whose: "root's socket, in a folder that all can write to", owner: 0, mode: 0o1777 },
  ])("$whose: it is not asked, and one-shot programs answer", async ({ owner, mode }) => {
    const { instance, newKey, refused, byOneShots, expectOneShots } = here();
    const stranger = await newKey();
    const asked = await withListener(instance, { bytes: forgedFor(stranger), owner }, async () => {
      chmodSync(instance.namespace.outside(dirname(SOCKET)), mode);
      await refused(stranger);
      expectOneShots(1);
      await byOneShots();
    });
    expect(asked).toBe(0);
  });

  test.each([
    { what: "an answer that comes too late", ms: 8000, of: (whole: Buffer) => whole },
    { what: "an answer that is cut", ms: 0, of: (whole: Buffer) => whole.subarray(0, -1) },
    { what: "nonsense", ms: 0, of: () => Buffer.from("nonsense") },
  ])("root's, with $what: one-shot programs answer, and a key in it is not accepted", async ({ ms, of }) => {
    const { instance, newKey, refused, byOneShots, expectOneShots } = here();
    const stranger = await newKey();
    const asked = await withListener(instance, { bytes: of(forgedFor(stranger)), ms }, async () => {
      await refused(stranger);
      expectOneShots(1);
      await byOneShots();
    });
    expect(asked).toBe(1 + CALLS);
  });

  // Root could set another AuthorizedKeysCommand anyway: there is nothing left to defend.
  test("root's, with a complete answer: it is trusted, as long as the process listens", async () => {
    const { instance, newKey, login, refused, byService, expectOneShots } = here();
    const stranger = await newKey();
    await withListener(instance, { bytes: forgedFor(stranger) }, async () => {
      expect(await login(stranger)).toMatchObject(IN);
      expectOneShots(0);
    });
    await instance.service.start();
    await refused(stranger);
    await byService();
  });
});
