/** Contents and lifetime of a cache, independent of the wall clock; and that a full cache is not a failure. */
import { createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Memory } from "../../src/service/cache/ttl-cache.ts";
import { fakeClock } from "../support/fake-clock.ts";

describe("a cache", () => {
  test("expires by the monotonic clock, from the start of the fetch", () => {
    const clock = fakeClock();
    const memory = new Memory<string>({ most: 4, ms: 2000 }, clock);
    memory.set("alice", "document", clock.monotonic());
    clock.advance(2000);
    expect(memory.get("alice")?.value).toBe("document");
    clock.advance(1);
    expect(memory.get("alice")).toBeUndefined();
    memory.set("alice", "old already", clock.monotonic() - 2001);
    expect(memory.get("alice")).toBeUndefined();
  });

  test("keeps nothing longer if the time of day is set back", () => {
    const clock = fakeClock();
    const memory = new Memory<string>({ most: 4, ms: 2000 }, clock);
    memory.set("alice", "document", clock.monotonic());
    clock.set(-86_400_000);
    clock.advance(2001);
    expect(memory.get("alice")).toBeUndefined();
  });

  test("is cleared when it is full, and then accepts new entries", () => {
    const memory = new Memory<number>({ most: 3, ms: 2000 }, fakeClock());
    for (let i = 0; i < 3; i += 1) memory.set(String(i), i, 1000);
    memory.set("1", 11, 1000);
    expect(memory.size).toBe(3);
    memory.set("another", 4, 1000);
    expect(memory.size).toBe(1);
    expect(memory.get("another")?.value).toBe(4);
    for (let i = 0; i < 10_000; i += 1) memory.set(`user-${i}`, i, 1000);
    expect(memory.size).toBeLessThanOrEqual(3);
  });

  test.each(["__proto__", "constructor", "hasOwnProperty", "toString", ""])(
    "has no entry named %j except one that was stored",
    (name) => {
      const memory = new Memory<string>({ most: 3, ms: 2000 }, fakeClock());
      expect(memory.get(name)).toBeUndefined();
      memory.set(name, "his", 1000);
      expect(memory.get(name)?.value).toBe("his");
      expect(memory.get("somebody")).toBeUndefined();
      memory.forget(name);
      expect(memory.get(name)).toBeUndefined();
    },
  );

  test("returns the same object: a stored key verifies", () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const memory = new Memory<typeof publicKey>({ most: 1, ms: 2000 }, fakeClock());
    const key = createPublicKey(publicKey.export({ type: "spki", format: "pem" }));
    memory.set("signer", key, 1000);
    const kept = memory.get("signer")?.value;
    expect(kept).toBe(key);
    const bytes = Buffer.from("a block");
    expect(verify("sha256", bytes, key, sign("sha256", bytes, privateKey))).toBe(true);
  });
});
