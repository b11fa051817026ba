/** The token that the service keeps, and Faults, which it does not keep: against the simulator. */
import { describe, expect, test } from "vitest";
import { KEY } from "../support/keys.ts";
import { serviceInStandingTime as serviceInside } from "../support/service-inside.ts";
import { simulated } from "../support/simulated.ts";
import { FAULT, FINGERPRINT, NO, requestsOf, YES } from "./requests-of.ts";

const one = simulated();
const { tokens } = requestsOf(one);

describe("the token", () => {
  test("that is no longer accepted is replaced, without an effect on calls", async () => {
    const { simulator, config } = one();
    const { ask } = await serviceInside(config);
    simulator.push({ user: "kim", publicKey: KEY });
    expect(await ask("kim", FINGERPRINT)).toEqual(YES);
    simulator.faults.set({ fault: "401", path: "keys", times: 1 });
    expect(await ask("kim")).toEqual(YES);
    expect(tokens()).toBe(2);
  });

  test("is requested again before its six hours are over", async () => {
    const { simulator, config } = one();
    const { ask, pass } = await serviceInside(config);
    expect(await ask("nobody")).toEqual(NO);
    pass(21_500_000);
    expect(await ask("nobody")).toEqual(NO);
    expect(tokens()).toBe(1);
    pass(41_000);
    expect(await ask("nobody")).toEqual(NO);
    expect(tokens()).toBe(2);
    void simulator;
  });

  test("that is not given is requested at most ten times a second", async () => {
    const { simulator, config } = one();
    const { ask } = await serviceInside(config);
    simulator.faults.set({ fault: "403", path: "token" });
    const began = performance.now();
    for (let i = 0; i < 8; i += 1) expect(await ask(`user-${i}`, FINGERPRINT)).toEqual(NO);
    expect(tokens()).toBe(8);
    expect(tokens()).toBeLessThanOrEqual((performance.now() - began) / 100 + 1);
  });

  test("refused because metadata is turned off is an answer, and not cached", async () => {
    const { simulator, config } = one();
    const { ask, service } = await serviceInside(config);
    simulator.push({ user: "lea", publicKey: KEY });
    simulator.faults.set({ fault: "403", path: "token" });
    expect(await ask("lea", FINGERPRINT)).toEqual(NO);
    expect(service.status().answers).toEqual({ "metadata-off": 1 });
    simulator.faults.clear();
    expect(await ask("lea", FINGERPRINT)).toEqual(YES);
  });
});

describe("a Fault", () => {
  test.each(["keys", "token", "signer-cert", "region"] as const)(
    "of the metadata service (503 for %s) is not cached",
    async (path) => {
      const { simulator, config } = one();
      const { ask, service } = await serviceInside(config);
      simulator.push({ user: "mia", publicKey: KEY });
      simulator.faults.set({ fault: "503", path });
      expect(await ask("mia", FINGERPRINT)).toEqual(FAULT);
      expect(service.status().faults).toEqual({ METADATA_STATUS: 1 });
      simulator.faults.clear();
      expect(await ask("mia", FINGERPRINT)).toEqual(YES);
    },
  );

  test("with a cached signer is reported only after the signer was fetched again", async () => {
    const { simulator, config } = one();
    const { ask, service, pass } = await serviceInside(config);
    simulator.push({ user: "nina", publicKey: KEY });
    expect(await ask("nina", FINGERPRINT)).toEqual(YES);
    // A failure to fetch the signer again does not matter as long as the cached signer is valid.
    simulator.faults.set({ fault: "503", path: "signer-cert" });
    pass(2001);
    expect(await ask("nina", FINGERPRINT)).toEqual(YES);
    expect(service.status().faults).toEqual({});
  });
});
