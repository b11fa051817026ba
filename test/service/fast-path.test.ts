/** A crowd that waits for a silent metadata service, and a key that is cached. */
import { expect, test } from "vitest";
import { fingerprint, KEY } from "../support/keys.ts";
import { serviceInside } from "../support/service-inside.ts";
import { simulated } from "../support/simulated.ts";

const one = simulated();
const FINGERPRINT = fingerprint(KEY);
/** Values from docs/service.md. */
const WORK = 56;
const CROWD = 200;

test("a cached key is returned although every place is taken, and the crowd does not take the reserved places", async () => {
  const { simulator, settings } = one();
  const { ask, service } = await serviceInside(await settings({ metadata: { deadline_ms: 2500 } }));
  simulator.push({ user: "flora", publicKey: KEY });
  expect(await ask("flora", FINGERPRINT)).toEqual({ status: 0, lines: `${KEY}\n` });
  simulator.faults.set({ fault: "hang", path: "keys" });
  const crowd = Array.from({ length: CROWD }, (_, i) => ask(`crowd-${i}`, FINGERPRINT));
  while (service.status().calls.waiting === 0) await new Promise(setImmediate);
  expect(service.status().calls.inProgress).toBe(WORK);
  expect(await ask("flora", FINGERPRINT)).toEqual({ status: 0, lines: `${KEY}\n` });
  // Many calls of the crowd, which arrived earlier, are still waiting.
  expect(service.status().calls.waiting).toBeGreaterThan(0);
  await Promise.all(crowd);
});
