/** Key documents that the service keeps never cause a "no": against the simulator, with clocks that the test moves. */
import { describe, expect, test } from "vitest";
import { fingerprint, KEY, keyLine } from "../support/keys.ts";
import { serviceInStandingTime as serviceInside } from "../support/service-inside.ts";
import { simulated } from "../support/simulated.ts";
import { FINGERPRINT, NO, requestsOf, YES } from "./requests-of.ts";

const one = simulated();
const { documents, documentsAsked } = requestsOf(one);

describe("a key document", () => {
  test("that is being fetched when a key is pushed does not hide it: later calls wait for the next fetch", async () => {
    const { simulator, config } = one();
    const { ask } = await serviceInside(config);
    simulator.faults.set({ fault: "slow", path: "keys", ms: 500, times: 1 });
    const before = ask("alice", FINGERPRINT);
    // The simulator makes the answer when the request arrives, and sends it half a second later.
    await documentsAsked(1);
    simulator.push({ user: "alice", publicKey: KEY });
    const after = [ask("alice", FINGERPRINT), ask("alice", FINGERPRINT), ask("alice", FINGERPRINT)];
    expect(await before).toEqual(NO);
    expect(await Promise.all(after)).toEqual([YES, YES, YES]);
    expect(documents()).toBe(2);
  });

  test("that is being fetched and has the key is used by the calls that come meanwhile", async () => {
    const { simulator, config } = one();
    const { ask, service } = await serviceInside(config);
    simulator.push({ user: "bob", publicKey: KEY });
    simulator.faults.set({ fault: "slow", path: "keys", ms: 300, times: 1 });
    const first = ask("bob", FINGERPRINT);
    await documentsAsked(1);
    const later = [ask("bob", FINGERPRINT), ask("bob", FINGERPRINT)];
    expect(await Promise.all([first, ...later])).toEqual([YES, YES, YES]);
    expect(documents()).toBe(1);
    expect(service.status().documents).toEqual({ "in-flight": 2, metadata: 1 });
  });

  test("that is being fetched with a key that expires meanwhile is not a reason to refuse", async () => {
    const { simulator, config } = one();
    const { ask, pass, set, service } = await serviceInside(config);
    // A document has whole seconds: of two, at least one is left, so that the simulator still has it when asked.
    simulator.push({ user: "boris", publicKey: KEY, lifetimeSeconds: 2 });
    simulator.faults.set({ fault: "slow", path: "keys", ms: 700, times: 1 });
    const first = ask("boris", FINGERPRINT);
    await documentsAsked(1);
    simulator.push({ user: "boris", publicKey: KEY, lifetimeSeconds: 60 });
    const later = ask("boris", FINGERPRINT);
    while (service.status().calls.inProgress < 2) await new Promise(setImmediate);
    // Each step is too short to make a document old or to be a clock jump; together they exceed the key's end.
    pass(1500);
    set(1900);
    expect(await Promise.all([first, later])).toEqual([NO, YES]);
    expect(service.status().documents).toEqual({ "in-flight": 1, metadata: 2 });
  });

  test("is used for two seconds, and only for the keys in it", async () => {
    const { simulator, config } = one();
    const { ask, pass } = await serviceInside(config);
    simulator.push({ user: "carol", publicKey: KEY });
    expect(await ask("carol", FINGERPRINT)).toEqual(YES);
    expect(await ask("carol", FINGERPRINT)).toEqual(YES);
    expect(documents()).toBe(1);
    const another = keyLine("another");
    expect(await ask("carol", fingerprint(another))).toEqual(NO);
    simulator.push({ user: "carol", publicKey: another });
    expect(await ask("carol", fingerprint(another))).toEqual({ status: 0, lines: `${another}\n` });
    expect(documents()).toBe(3);
    pass(2001);
    expect(await ask("carol", fingerprint(another))).toEqual({ status: 0, lines: `${another}\n` });
    expect(documents()).toBe(4);
  });

  test("is as old as its fetch, for any duration of the fetch", async () => {
    const { simulator, config } = one();
    const { ask, pass } = await serviceInside(config);
    simulator.push({ user: "dora", publicKey: KEY });
    simulator.faults.set({ fault: "slow", path: "keys", ms: 300, times: 1 });
    const first = ask("dora", FINGERPRINT);
    await documentsAsked(1);
    pass(1500);
    expect(await first).toEqual(YES);
    pass(1000);
    expect(await ask("dora", FINGERPRINT)).toEqual(YES);
    expect(documents()).toBe(2);
  });

  test("of more than 64 KiB is not kept", async () => {
    const { simulator, config } = one();
    const { ask } = await serviceInside(config);
    simulator.push({ user: "emil", publicKey: KEY });
    for (let i = 0; simulator.document("emil").length <= 64 * 1024; i += 1) {
      simulator.push({ user: "emil", publicKey: keyLine(`emil-${i}`) });
    }
    expect(await ask("emil", FINGERPRINT)).toEqual(YES);
    expect(await ask("emil", FINGERPRINT)).toEqual(YES);
    expect(documents()).toBe(2);
  });

  test("is fetched for each call without a key, or with one of an unknown form", async () => {
    const { simulator, config } = one();
    const { ask } = await serviceInside(config);
    simulator.push({ user: "dave", publicKey: KEY });
    expect(await ask("dave")).toEqual(YES);
    expect(await ask("dave", "SHA512:x")).toEqual(YES);
    expect(await ask("dave")).toEqual(YES);
    expect(documents()).toBe(3);
  });

  test("that did not exist is requested again at once", async () => {
    const { simulator, config } = one();
    const { ask } = await serviceInside(config);
    expect(await ask("erin", FINGERPRINT)).toEqual(NO);
    simulator.push({ user: "erin", publicKey: KEY });
    expect(await ask("erin", FINGERPRINT)).toEqual(YES);
  });

  test("with a key that has expired since is not a reason to refuse: it is fetched again first", async () => {
    const { simulator, config } = one();
    const { ask, set, service } = await serviceInside(config);
    simulator.push({ user: "frank", publicKey: KEY, lifetimeSeconds: 3 });
    expect(await ask("frank", FINGERPRINT)).toEqual(YES);
    // The wall clock goes forward in two steps, each too small to be a jump; the document hardly ages.
    set(1900);
    expect(await ask("nobody", FINGERPRINT)).toEqual(NO);
    set(1900);
    simulator.push({ user: "frank", publicKey: KEY, lifetimeSeconds: 60 });
    expect(await ask("frank", FINGERPRINT)).toEqual(YES);
    expect(service.status().documents).toEqual({ cache: 1, metadata: 3 });
    expect(service.status().invalidations).toEqual({});
  });
});
