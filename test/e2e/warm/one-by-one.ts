/** Logins one by one, and who answered for each. Every test begins with a new service on a new socket, and with all slots. */
import { chmodSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import type { Finished } from "../../support/namespace-run.ts";
import { type KeyPair, newKey } from "../../support/sshd-keys.ts";
import { openWarmInstance, SLOTS, SOCKET, type WarmInstance } from "../../support/warm-instance.ts";

/** sshd asks twice for a login with the right key, and once for another one. */
export const CALLS = 2;
/** A login as alice. */
export const IN = { status: 0, stdout: "alice\n" };

export interface OneByOne {
  readonly instance: WarmInstance;
  newKey(): Promise<KeyPair>;
  /** One that was pushed for alice. */
  pushed(): Promise<KeyPair>;
  login(key: KeyPair): Promise<Finished>;
  /** With what sshd logged. */
  refused(key: KeyPair): Promise<readonly string[]>;
  /** A new key logs in, and the service did it. */
  byService(): Promise<void>;
  /** A new key logs in, and one-shot programs did it, each with a slot. */
  byOneShots(): Promise<void>;
  /** So many one-shot programs were begun since the last time, each with a slot. */
  expectOneShots(count: number): void;
}

export function oneByOne(): () => OneByOne {
  let instance: WarmInstance;
  beforeAll(async () => {
    instance = await openWarmInstance();
  });
  afterAll(() => instance?.close());
  beforeEach(async () => {
    await instance.service.stop();
    chmodSync(instance.namespace.outside(dirname(SOCKET)), 0o755);
    instance.makeSlots();
    await instance.service.start();
    instance.oneShots();
  });

  const pushed = async () => {
    const key = await newKey(instance.namespace);
    await instance.push("alice", key);
    return key;
  };
  const login = (key: KeyPair) => instance.sshd.login("alice", [key]);
  const handedOver = async () => (await instance.service.status()).answers.keys ?? 0;
  const expectOneShots = (count: number) => {
    const held = instance.oneShots();
    expect(held.filter((slot) => !SLOTS.some((one) => one === slot))).toEqual([]);
    expect(held).toHaveLength(count);
  };
  return () => ({
    ...{ instance, pushed, login, expectOneShots },
    newKey: () => newKey(instance.namespace),
    refused: (key) => instance.sshd.refused("alice", [key]),
    async byService() {
      const before = await handedOver();
      expect(await login(await pushed())).toMatchObject(IN);
      expectOneShots(0);
      expect(await handedOver()).toBe(before + CALLS);
    },
    async byOneShots() {
      expect(await login(await pushed())).toMatchObject(IN);
      expectOneShots(CALLS);
    },
  });
}
