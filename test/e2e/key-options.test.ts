/**
 * Options of keys against a real sshd: it reads what the settings accept, and no other text that this program reads
 * differently; and it obeys them, for keys that the one-shot program printed, alone and with a chained command.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { INVALID, VALID } from "../support/key-options.ts";
import { DOOR } from "../support/namespace.ts";
import { describeWith } from "../support/needs.ts";
import { ADMIN, DEPLOYER, LIMITS, obeyed, withLimits } from "../support/obeyed-options.ts";
import { type Sshd, sshdIn } from "../support/sshd.ts";
import { type Instance, openInstance } from "../support/sshd-instance.ts";
import { type KeyPair, newKey } from "../support/sshd-keys.ts";

/** Prints one line: whatever the test wrote. */
const PRINTER = "/usr/libexec/print-line";
const PRINTED = "/usr/libexec/line";

describeWith("sshd", "sshd and options of a key", () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await openInstance();
    instance.simulator.installSettings(withLimits);
  });
  afterAll(() => instance?.close());

  describe("reads", () => {
    let sshd: Sshd;
    let key: KeyPair;
    beforeAll(async () => {
      const { namespace } = instance;
      namespace.write(PRINTER, `#!/bin/sh\nexec cat ${PRINTED}\n`, 0o755);
      sshd = await sshdIn(namespace, { port: 2301, command: PRINTER });
      key = await newKey(namespace);
    });

    /** @returns whether sshd accepts the key with these options; a login that only needs the key to be accepted */
    async function isAccepted(options: string): Promise<boolean> {
      instance.namespace.write(PRINTED, `${options} ${key.line}\n`);
      const from = sshd.log.lines.length;
      await sshd.login("alice", [key], "echo in");
      await sshd.log.line(/^(Disconnected from|Connection closed by|Received disconnect)/, from);
      return sshd.log.lines.slice(from).some((line) => line.startsWith("Accepted publickey for alice"));
    }

    test.each(VALID.map((options) => ({ options })))("and accepts $options", async ({ options }) => {
      expect(await isAccepted(options)).toBe(true);
    });

    test.each(INVALID)("$options as it should", async ({ options, isKnownToSshd = false }) => {
      // A key of a certificate authority, or from another address, is no key for this login either.
      expect(await isAccepted(options)).toBe(isKnownToSshd);
    });
  });

  test.each(LIMITS)("obeys: $title", async (limit) => {
    const { sshd } = instance;
    await obeyed(limit, sshd, instance);
  });

  test("obeys next to the keys of a chained command, which keep their own options", async () => {
    const { namespace, simulator } = instance;
    const [mine, other] = [await newKey(namespace), await newKey(namespace)];
    namespace.write("/usr/libexec/other-keys", `#!/bin/sh\necho 'command="echo other" ${other.line}'\n`, 0o755);
    const sshd = await sshdIn(namespace, { port: 2302, command: `${DOOR} %u %f -- /usr/libexec/other-keys` });
    await simulator.tell("push", { user: "alice", publicKey: mine.line, caller: DEPLOYER });
    expect(await sshd.login("alice", [mine], "id -un")).toMatchObject({ status: 0, stdout: "deployed\n" });
    expect(await sshd.login("alice", [other], "id -un")).toMatchObject({ status: 0, stdout: "other\n" });
  });

  test("takes the first line that it accepts if one key was pushed by two callers", async () => {
    const { namespace, simulator, sshd } = instance;
    const key = await newKey(namespace);
    for (const caller of [DEPLOYER, ADMIN]) {
      await simulator.tell("push", { user: "bob", publicKey: key.line, caller });
    }
    const { stdout } = await sshd.login("bob", [key], "id -un");
    const { stdout: printed } = await namespace.mustRun([DOOR, "bob", key.fingerprint]);
    const [first = ""] = printed.split("\n");
    expect(printed.trim().split("\n")).toHaveLength(2);
    expect(stdout).toBe(first.startsWith("restrict,command=") ? "deployed\n" : "bob\n");
  });
});
