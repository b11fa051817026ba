/** What empties the service's cache: another instance, changed settings, a clock that was set. Against the simulator. */
import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pinnedRoots } from "../../src/host/roots.ts";
import { KEY } from "../support/keys.ts";
import { serviceInStandingTime as serviceInside } from "../support/service-inside.ts";
import { simulated } from "../support/simulated.ts";
import { FAULT, FINGERPRINT, NO, YES } from "./requests-of.ts";

const one = simulated();

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

describe("settings", () => {
  test("that deny a user apply to the next call, although everything is cached", async () => {
    const { simulator, settings } = one();
    const config = await settings({});
    const { ask, service, said } = await serviceInside(config);
    simulator.push({ user: "olga", publicKey: KEY });
    expect(await ask("olga", FINGERPRINT)).toEqual(YES);
    const text = `${await readFile(config, "utf8")}\n[policy]\ndeny_users = ["olga"]\n`;
    writeFileSync(config, text);
    expect(await ask("olga", FINGERPRINT)).toEqual(NO);
    expect(service.status().refusals).toEqual({ "policy-user-denied": 1 });
    expect(service.status().invalidations.settings).toBeGreaterThanOrEqual(1);
    // No call waits for the service's notices.
    while (!said.some((line) => line.startsWith("service-cache-cleared why=settings"))) await new Promise(setImmediate);
  });

  test("that name other anchors invalidate the signer, and the old ones make it valid again", async () => {
    const { simulator, settings } = one();
    const config = await settings({});
    const { ask, service } = await serviceInside(config);
    simulator.push({ user: "otto", publicKey: KEY });
    expect(await ask("otto", FINGERPRINT)).toEqual(YES);
    const [, anchors = ""] = /^anchors = "(.+)"$/m.exec(await readFile(config, "utf8")) ?? [];
    const own = await readFile(anchors, "utf8");
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
    const before = await readFile(config, "utf8");
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
    expect(service.status().invalidations).toEqual({ clock: 1 });
    set(-ms);
    expect(await ask("quinn", FINGERPRINT)).toEqual(YES);
    expect(service.status().invalidations).toEqual({ clock: 2 });
  });

  test("that is slewed by a second changes nothing", async () => {
    const { simulator, config } = one();
    const { ask, set, service } = await serviceInside(config);
    simulator.push({ user: "rosa", publicKey: KEY });
    expect(await ask("rosa", FINGERPRINT)).toEqual(YES);
    set(1000);
    expect(await ask("rosa", FINGERPRINT)).toEqual(YES);
    expect(service.status().invalidations).toEqual({});
  });
});
