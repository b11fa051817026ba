/** A log that accepts nothing: the service continues, and withholds keys only if a record is required for each key. */
import { expect, test } from "vitest";
import { fingerprint, KEY } from "../../support/keys.ts";
import { startService } from "../../support/service.ts";
import { simulated } from "../../support/simulated.ts";

const one = simulated();
const FINGERPRINT = fingerprint(KEY);
const YES = { status: 0, lines: `${KEY}\n` };

test.each([{ required: false }, { required: true }])(
  "a log that accepts no data, with required = $required",
  async ({ required }) => {
    const { simulator, settings } = one();
    simulator.push({ user: "alice", publicKey: KEY });
    const service = await startService(await settings({ audit: { target: "journal", required } }));
    service.child.stdout?.pause();
    // More than the pipe and the backlog hold.
    while ((await service.status()).records.lost === undefined) {
      const all = await Promise.all(Array.from({ length: 50 }, () => service.ask("alice", FINGERPRINT)));
      if (all.some(({ status }) => status === 1)) break;
      simulator.push({ user: "alice", publicKey: KEY });
    }
    expect(await service.ask("alice", FINGERPRINT)).toEqual(required ? { status: 1, lines: "" } : YES);
    const { faults } = await service.status();
    expect(Object.keys(faults)).toEqual(required ? ["AUDIT_FAILED"] : []);
  },
);
