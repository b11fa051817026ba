/** Options of a key by the host's policy, through relay and service: in the answer, in the session, and in the record. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SETTINGS } from "../../support/namespace-simulator.ts";
import { describeWith } from "../../support/needs.ts";
import { isRestricted, LIMITS, obeyed, withLimits } from "../../support/obeyed-options.ts";
import { openWarmInstance, type WarmInstance } from "../../support/warm-instance.ts";
import { CALLS } from "./one-by-one.ts";

describeWith("warm-login", "a session whose key the service printed", () => {
  let instance: WarmInstance;
  beforeAll(async () => {
    instance = await openWarmInstance();
    const { namespace } = instance;
    namespace.write(SETTINGS, withLimits(readFileSync(namespace.outside(SETTINGS), "utf8")));
  });
  afterAll(() => instance?.close());

  test.each(LIMITS)("obeys: $title", async (limit) => {
    const { keys: before = 0 } = (await instance.service.status()).answers;
    const records = instance.service.output.lines.length;
    await obeyed(limit, instance.sshd, instance);
    // sshd does not ask again for a key that it did not accept.
    const calls = limit.stdout === undefined ? 1 : CALLS;
    expect((await instance.service.status()).answers).toMatchObject({ keys: before + calls });
    expect(instance.oneShots()).toEqual([]);
    const record = await instance.service.output.line(/^key-offered-to-sshd user=alice /, records);
    expect(record.includes(" options=")).toBe(isRestricted(limit));
  });
});
