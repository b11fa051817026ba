/** Contents and lifetime of a cache, independent of the wall clock; and that a full cache is not a failure. */
import { createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import { TtlCache } from "../../src/service/cache/ttl-cache.ts";
import { fakeClock } from "../support/fake-clock.ts";

describe("a cache", () => {
  test("expires by the monotonic clock, from the start of the fetch", () => {
    const clock = fakeClock();
    const cache = new TtlCache<string>({ maxEntries: 4, ttlMs: 2000 }, clock);
    cache.set("alice", "document", clock.monotonic());
    clock.advance(2000);
    expect(cache.get("alice")?.value).toBe("document");
    clock.advance(1);
    expect(cache.get("alice")).toBeUndefined();
    cache.set("alice", "old already", clock.monotonic() - 2001);
    expect(cache.get("alice")).toBeUndefined();
  });

  test("keeps nothing longer if the time of day is set back", () => {
    const clock = fakeClock();
    const cache = new TtlCache<string>({ maxEntries: 4, ttlMs: 2000 }, clock);
    cache.set("alice", "document", clock.monotonic());
    clock.set(-86_400_000);
    clock.advance(2001);
    expect(cache.get("alice")).toBeUndefined();
  });

  test("is cleared when it is full, and then accepts new entries", () => {
    const cache = new TtlCache<number>({ maxEntries: 3, ttlMs: 2000 }, fakeClock());
    for (let i = 0; i < 3; i += 1) cache.set(String(i), i, 1000);
    cache.set("1", 11, 1000);
    expect(cache.size).toBe(3);
    cache.set("another", 4, 1000);
    expect(cache.size).toBe(1);
    expect(cache.get("another")?.value).toBe(4);
    for (let i = 0; i < 10_000; i += 1) cache.set(`user-${i}`, i, 1000);
    expect(cache.size).toBeLessThanOrEqual(3);
  });

  test.each(["__proto__", "constructor", "hasOwnProperty", "toString", ""])(
    "has no entry named %j except one that was stored",
    (name) => {
      const cache = new TtlCache<string>({ maxEntries: 3, ttlMs: 2000 }, fakeClock());
      expect(cache.get(name)).toBeUndefined();
      cache.set(name, "his", 1000);
      expect(cache.get(name)?.value).toBe("his");
      expect(cache.get("somebody")).toBeUndefined();
      cache.delete(name);
      expect(cache.get(name)).toBeUndefined();
    },
  );

  test("returns the same object: a stored key verifies", () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const cache = new TtlCache<typeof publicKey>({ maxEntries: 1, ttlMs: 2000 }, fakeClock());
    const key = createPublicKey(publicKey.export({ type: "spki", format: "pem" }));
    cache.set("signer", key, 1000);
    const kept = cache.get("signer")?.value;
    expect(kept).toBe(key);
    const bytes = Buffer.from("a block");
    expect(verify("sha256", bytes, key, sign("sha256", bytes, privateKey))).toBe(true);
  });
});
