/** The service's cache, and that cached data never causes a "no": against the simulator, with clocks that the test moves. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pinnedRoots } from "../../src/host/roots.ts";
import { fingerprint, KEY, keyLine } from "../support/keys.ts";
import { serviceInStandingTime as serviceInside } from "../support/service-inside.ts";
import { simulated } from "../support/simulated.ts";

const one = simulated();
const FINGERPRINT = fingerprint(KEY);
const YES = { status: 0, lines: `${KEY}\n` };
const NO = { status: 0, lines: "" };
const FAULT = { status: 1, lines: "" };

const asked = (part: string) => one().simulator.requests.filter(({ path }) => path.includes(part)).length;
const documents = () => asked("/active-keys/");
const signers = () => asked("/signer-cert/");
const tokens = () => asked("/api/token");

/** Waits until the simulator has received this many requests for key documents. */
async function documentsAsked(count: number): Promise<void> {
  while (documents() < count) await new Promise(setImmediate);
}

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
    expect(service.status().documents).toEqual({ flight: 2, metadata: 1 });
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
    while (service.status().calls.inWork < 2) await new Promise(setImmediate);
    // Each step is too short to make a document old or to be a clock jump; together they exceed the key's end.
    pass(1500);
    set(1900);
    expect(await Promise.all([first, later])).toEqual([NO, YES]);
    expect(service.status().documents).toEqual({ flight: 1, metadata: 2 });
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
    expect(service.status().documents).toEqual({ memory: 1, metadata: 3 });
    expect(service.status().forgotten).toEqual({});
  });
});

describe("the signer", () => {
  test("is validated once, and its instance, region and domain are requested once", async () => {
    const { simulator, config } = one();
    const { ask } = await serviceInside(config);
    for (const user of ["u1", "u2", "u3"]) {
      simulator.push({ user, publicKey: KEY });
      expect(await ask(user, FINGERPRINT)).toEqual(YES);
    }
    const others = ["/instance-id", "/placement/region", "/services/domain", "/signer-cert/", "/api/token"];
    expect(others.map(asked)).toEqual([1, 1, 1, 1, 1]);
  });

  test("may rotate between two logins, and both succeed", async () => {
    const { simulator, config } = one();
    const { ask, service } = await serviceInside(config);
    simulator.push({ user: "before", publicKey: KEY });
    expect(await ask("before", FINGERPRINT)).toEqual(YES);
    await simulator.authority.rotate("signer");
    simulator.push({ user: "after", publicKey: KEY });
    expect(await ask("after", FINGERPRINT)).toEqual(YES);
    expect(signers()).toBe(2);
    expect(await ask("after", FINGERPRINT)).toEqual(YES);
    expect(signers()).toBe(2);
    expect(service.status().signers).toEqual({ memory: 2, metadata: 2 });
  });

  test("may rotate while the previous one is being fetched, and both succeed", async () => {
    const { simulator, config } = one();
    const { ask, service } = await serviceInside(config);
    simulator.push({ user: "before", publicKey: KEY });
    const document = simulator.document("before");
    const served = await signerOf(simulator.endpoint);
    await simulator.authority.rotate("signer");
    // The previous signer is served until it has been requested; making the next one may take any time.
    for (const [path, body] of served) simulator.override(path, body);
    simulator.override("keys", document);
    simulator.faults.set({ fault: "slow", path: "staple", ms: 500, times: 2 });
    const before = ask("before", FINGERPRINT);
    // The list of staples, and two staples.
    while (asked("/signer-ocsp/") < 3) await new Promise(setImmediate);
    for (const [path] of served) simulator.override(path);
    simulator.override("keys");
    simulator.push({ user: "after", publicKey: KEY });
    expect(await Promise.all([before, ask("after", FINGERPRINT)])).toEqual([YES, YES]);
    expect(service.status().signers).toEqual({ flight: 1, metadata: 2 });
  });

  test("may rotate with its intermediate in a crowd: every login succeeds, with a few requests only", async () => {
    const { simulator, config } = one();
    const { ask } = await serviceInside(config);
    const users = Array.from({ length: 20 }, (_, i) => `crowd-${i}`);
    simulator.push({ user: "first", publicKey: KEY });
    expect(await ask("first", FINGERPRINT)).toEqual(YES);
    await simulator.authority.rotate("intermediate");
    for (const user of users) simulator.push({ user, publicKey: KEY });
    expect(await Promise.all(users.map((user) => ask(user, FINGERPRINT)))).toEqual(users.map(() => YES));
    expect(signers()).toBeLessThanOrEqual(4);
  });

  test("that did not sign the block causes a refusal only after it was fetched again: a forged block is refused, and counted once", async () => {
    const { simulator, config } = one();
    const { ask, service } = await serviceInside(config);
    simulator.push({ user: "gina", publicKey: KEY });
    expect(await ask("gina", FINGERPRINT)).toEqual(YES);
    simulator.push({ user: "harry", publicKey: KEY, signature: () => Buffer.alloc(256, 7) });
    expect(await ask("harry", FINGERPRINT)).toEqual(NO);
    expect(signers()).toBe(2);
    expect(service.status().refusals).toEqual({ "bad-signature": 1 });
  });

  test("revoked while it is in the cache is detected after at most ten minutes; then every call is a Fault", async () => {
    const { simulator, config } = one();
    const { ask, pass } = await serviceInside(config);
    simulator.push({ user: "ivan", publicKey: KEY });
    expect(await ask("ivan", FINGERPRINT)).toEqual(YES);
    simulator.authority.revoke("signer");
    pass(600_001);
    simulator.clock.advance(601);
    simulator.push({ user: "ivan", publicKey: KEY });
    expect(await ask("ivan", FINGERPRINT)).toEqual(FAULT);
    simulator.clock.advance(-601);
    await simulator.authority.rotate("signer");
  });

  test("that cannot be validated is requested at most four times a second, and is a Fault each time", async () => {
    const { simulator, config } = one();
    const { ask } = await serviceInside(config);
    simulator.push({ user: "iris", publicKey: KEY });
    simulator.authority.revoke("signer");
    const began = performance.now();
    for (let i = 0; i < 6; i += 1) expect(await ask("iris", FINGERPRINT)).toEqual(FAULT);
    expect(signers()).toBe(6);
    expect(signers()).toBeLessThanOrEqual((performance.now() - began) / 250 + 1);
    await simulator.authority.rotate("signer");
    expect(await ask("iris", FINGERPRINT)).toEqual(YES);
  });

  test("whose staple expires while it is in the cache is requested again at that moment", async () => {
    const { simulator, config } = one();
    const { ask, pass, service } = await serviceInside(config);
    simulator.push({ user: "judy", publicKey: KEY });
    expect(await ask("judy", FINGERPRINT)).toEqual(YES);
    const end = Date.parse(service.status().signer?.until ?? "");
    // Five minutes before that end the signer is validated again, so that only the end, and not its age, can matter.
    const shift = Math.floor((end - Date.now() - 300_000) / 1000);
    const later = (seconds: number) => {
      pass(seconds * 1000);
      simulator.clock.advance(seconds);
      simulator.push({ user: "judy", publicKey: KEY });
    };
    later(shift);
    expect(await ask("judy", FINGERPRINT)).toEqual(YES);
    expect(signers()).toBe(2);
    later(290);
    expect(await ask("judy", FINGERPRINT)).toEqual(YES);
    expect(signers()).toBe(2);
    later(15);
    expect(await ask("judy", FINGERPRINT)).toEqual(FAULT);
    simulator.authority.renewStaples();
    expect(await ask("judy", FINGERPRINT)).toEqual(YES);
    simulator.clock.advance(-(shift + 305));
    simulator.authority.renewStaples();
  });
});

describe("the instance", () => {
  const ANOTHER = "i-0fedcba9876543210";

  test("that changes according to the machine itself clears the caches", async () => {
    const { simulator, settings, folder } = one();
    const dmi = join(folder, "board_asset_tag");
    const machineIs = (id: string) => writeFileSync(dmi, `${id}\n`, { mode: 0o644 });
    machineIs(simulator.instanceId);
    // As after a restore elsewhere: the same memory, on a machine with another id.
    const config = await settings({ instance: { id: undefined, dmi_path: dmi } });
    const { ask, service } = await serviceInside(config);
    simulator.push({ user: "sven", publicKey: KEY });
    expect(await ask("sven", FINGERPRINT)).toEqual(YES);
    machineIs(ANOTHER);
    expect(await ask("sven", FINGERPRINT)).toEqual(FAULT);
    expect(service.status().faults).toEqual({ INSTANCE_MISMATCH: 1 });
    // The metadata is also that of the new machine, and a key for the old one is not valid there.
    simulator.override("/latest/meta-data/instance-id", Buffer.from(ANOTHER));
    expect(await ask("sven", FINGERPRINT)).toEqual(NO);
    expect(service.status().refusals).toEqual({ "wrong-instance": 1 });
    simulator.override("/latest/meta-data/instance-id");
    machineIs(simulator.instanceId);
    expect(await ask("sven", FINGERPRINT)).toEqual(YES);
    machineIs("not specified");
    expect(await ask("sven", FINGERPRINT)).toEqual(NO);
    expect(service.status().answers).toMatchObject({ "not-ec2": 1 });
  });

  test("that only the metadata names is requested again before its key is refused", async () => {
    const { simulator, settings } = one();
    const config = await settings({ instance: { id: undefined, check_identity: false } });
    const { ask } = await serviceInside(config);
    const before = simulator.instanceId;
    simulator.push({ user: "tara", publicKey: KEY });
    expect(await ask("tara", FINGERPRINT)).toEqual(YES);
    simulator.override("/latest/meta-data/instance-id", Buffer.from(ANOTHER));
    simulator.push({ user: "uwe", publicKey: KEY, instance: ANOTHER });
    expect(await ask("uwe", FINGERPRINT)).toEqual(YES);
    simulator.override("/latest/meta-data/instance-id");
    simulator.push({ user: "vera", publicKey: KEY, instance: before });
    expect(await ask("vera", FINGERPRINT)).toEqual(YES);
  });
});

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

describe("settings", () => {
  test("that deny a user apply to the next call, although everything is cached", async () => {
    const { simulator, settings } = one();
    const config = await settings({});
    const { ask, service, said } = await serviceInside(config);
    simulator.push({ user: "olga", publicKey: KEY });
    expect(await ask("olga", FINGERPRINT)).toEqual(YES);
    const text = `${await readText(config)}\n[policy]\ndeny_users = ["olga"]\n`;
    writeFileSync(config, text);
    expect(await ask("olga", FINGERPRINT)).toEqual(NO);
    expect(service.status().refusals).toEqual({ "policy-user-denied": 1 });
    expect(service.status().forgotten.settings).toBeGreaterThanOrEqual(1);
    // No call waits for the service's notices.
    while (!said.some((line) => line.startsWith("service-forgot-everything why=settings")))
      await new Promise(setImmediate);
  });

  test("that name other anchors invalidate the signer, and the old ones make it valid again", async () => {
    const { simulator, settings } = one();
    const config = await settings({});
    const { ask, service } = await serviceInside(config);
    simulator.push({ user: "otto", publicKey: KEY });
    expect(await ask("otto", FINGERPRINT)).toEqual(YES);
    const [, anchors = ""] = /^anchors = "(.+)"$/m.exec(await readText(config)) ?? [];
    const own = await readText(anchors);
    writeFileSync(anchors, pinnedRoots());
    expect(await ask("otto", FINGERPRINT)).toEqual(FAULT);
    expect(service.status().faults).toEqual({ CHAIN_UNTRUSTED: 1 });
    writeFileSync(anchors, own);
    expect(await ask("otto", FINGERPRINT)).toEqual(YES);
  });

  test("that cannot be read are a Fault for every call, in spite of the caches", async () => {
    const { simulator, settings } = one();
    const config = await settings({});
    const { ask, service } = await serviceInside(config);
    simulator.push({ user: "paul", publicKey: KEY });
    expect(await ask("paul", FINGERPRINT)).toEqual(YES);
    const before = await readText(config);
    writeFileSync(config, `${before}\nnonsense = 1\n`);
    expect(await ask("paul", FINGERPRINT)).toEqual(FAULT);
    expect(await ask("nobody", FINGERPRINT)).toEqual(FAULT);
    expect(service.status().faults).toEqual({ SETTINGS_INVALID: 2 });
    writeFileSync(config, before);
    expect(await ask("paul", FINGERPRINT)).toEqual(YES);
  });
});

describe("the time of day", () => {
  test.each([
    { title: "an hour ahead", ms: 3_600_000 },
    { title: "an hour back", ms: -3_600_000 },
  ])("set $title clears the caches, and keys are judged by the new time", async ({ ms }) => {
    const { simulator, config } = one();
    const { ask, set, service } = await serviceInside(config);
    simulator.push({ user: "quinn", publicKey: KEY });
    expect(await ask("quinn", FINGERPRINT)).toEqual(YES);
    set(ms);
    expect(await ask("quinn", FINGERPRINT)).toEqual(NO);
    expect(Object.keys(service.status().refusals)).toEqual([ms > 0 ? "expired" : "too-far-ahead"]);
    expect(service.status().forgotten).toEqual({ clock: 1 });
    set(-ms);
    expect(await ask("quinn", FINGERPRINT)).toEqual(YES);
    expect(service.status().forgotten).toEqual({ clock: 2 });
  });

  test("that is slewed by a second changes nothing", async () => {
    const { simulator, config } = one();
    const { ask, set, service } = await serviceInside(config);
    simulator.push({ user: "rosa", publicKey: KEY });
    expect(await ask("rosa", FINGERPRINT)).toEqual(YES);
    set(1000);
    expect(await ask("rosa", FINGERPRINT)).toEqual(YES);
    expect(service.status().forgotten).toEqual({});
  });
});

/** Returns the served data about the signer, for `override`: certificates, the list of staples, and each staple. */
async function signerOf(endpoint: string): Promise<[path: string, body: Buffer][]> {
  const token = await fetch(`${endpoint}/latest/api/token`, {
    method: "PUT",
    headers: { "X-aws-ec2-metadata-token-ttl-seconds": "60" },
  });
  const headers = { "X-aws-ec2-metadata-token": await token.text() };
  const keys = "/latest/meta-data/managed-ssh-keys";
  const get = async (name: string): Promise<Buffer> => {
    const response = await fetch(`${endpoint}${keys}/${name}`, { headers });
    return Buffer.from(await response.arrayBuffer());
  };
  const [certificates, list] = [await get("signer-cert/"), await get("signer-ocsp/")];
  const staples = list
    .toString()
    .trim()
    .split("\n")
    .map((name) => `signer-ocsp/${name}`);
  const bodies = await Promise.all(staples.map(get));
  one().simulator.requests.splice(0);
  return [
    ["signer-cert", certificates],
    ["signer-ocsp", list],
    ...staples.map((name, i): [string, Buffer] => [`${keys}/${name}`, bodies[i] ?? Buffer.alloc(0)]),
  ];
}

async function readText(path: string): Promise<string> {
  return (await import("node:fs/promises")).readFile(path, "utf8");
}
