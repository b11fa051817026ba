/** Logins one by one, and which program answered each. Every test begins with a new service, a new socket and all slots. */
import { chmodSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import type { Finished } from "../../support/namespace-run.ts";
import { type KeyPair, newKey } from "../../support/sshd-keys.ts";
import { openWarmInstance, SLOTS, SOCKET, type WarmInstance } from "../../support/warm-instance.ts";

/** Calls for a login with the right key: sshd runs the command twice. For a wrong key it runs it once. */
export const CALLS = 2;
/** Result of a login as alice. */
export const IN = { status: 0, stdout: "alice\n" };

export interface OneByOne {
  readonly instance: WarmInstance;
  newKey(): Promise<KeyPair>;
  /** Makes a key and pushes it for alice. */
  pushed(): Promise<KeyPair>;
  login(key: KeyPair): Promise<Finished>;
  /** Expects sshd to refuse the key. Returns the lines that sshd logged. */
  refused(key: KeyPair): Promise<readonly string[]>;
  /** Expects a new key to log in, answered by the service. */
  byService(): Promise<void>;
  /** Expects a new key to log in, answered by one-shot programs, each with a slot. */
  byOneShots(): Promise<void>;
  /** Expects this many one-shot programs since the last check, each with a slot. */
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
