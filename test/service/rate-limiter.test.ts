/** The rate of key documents: their number, their spacing, and that no user is overtaken for ever. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RateLimiter } from "../../src/service/admission/rate-limiter.ts";
import { DOCUMENT_RATE } from "../../src/service/limits.ts";
import { fakeClock } from "../support/fake-clock.ts";

const { perUserIntervalMs, burst, windowMs } = DOCUMENT_RATE;
const NEVER = new AbortController().signal;

/** Simulates users that ask at the given times. Returns when each request began. */
async function run(asks: readonly { user: string; at: number }[], until: number) {
  const clock = fakeClock();
  const limiter = new RateLimiter(DOCUMENT_RATE, clock);
  const begun: { user: string; at: number; asked: number }[] = [];
  const start = clock.monotonic();
  for (const { user, at } of asks.toSorted((a, b) => a.at - b.at)) {
    clock.after(at, () => {
      limiter.acquire(user, NEVER).then(() => begun.push({ user, at: clock.monotonic() - start, asked: at }));
    });
  }
  for (let passed = 0; passed < until; passed += 1) {
    clock.advance(1);
    await Promise.resolve();
    await Promise.resolve();
  }
  return begun;
}

const asks = fc.array(
  fc.record({ user: fc.integer({ min: 0, max: 30 }).map(String), at: fc.integer({ min: 1, max: 400 }) }),
  { maxLength: 120 },
);

describe("requests", () => {
  test("of one user start 25 ms apart, and of all users at most 20 in any 100 ms; every one starts", async () => {
    await fc.assert(
      fc.asyncProperty(asks, async (given) => {
        const begun = await run(given, 4000);
        expect(begun).toHaveLength(given.length);
        for (const [i, { user, at }] of begun.entries()) {
          const before = begun.slice(0, i).findLast((other) => other.user === user);
          if (before !== undefined) expect(at - before.at).toBeGreaterThanOrEqual(perUserIntervalMs);
          expect(begun.filter((other) => other.at > at - windowMs && other.at <= at).length).toBeLessThanOrEqual(burst);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("are never overtaken twice by the same user", async () => {
    await fc.assert(
      fc.asyncProperty(asks, async (given) => {
        const begun = await run(given, 4000);
        for (const one of begun) {
          // For each user, only the first request in the queue counts: the user's other requests are behind it.
          const first = begun.find(({ user, at }) => user === one.user && at >= one.asked);
          if (first !== one) continue;
          const meanwhile = begun.filter(({ at, user }) => at > one.asked && at < one.at && user !== one.user);
          expect(new Set(meanwhile.map(({ user }) => user)).size).toBe(meanwhile.length);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("of a user that was not served recently come before those of two hundred that were", async () => {
    const flood = Array.from({ length: 200 }, (_, i) => [0, 600].map((at) => ({ user: `flood-${i}`, at }))).flat();
    const begun = await run([...flood, { user: "alice", at: 1050 }], 3000);
    const alice = begun.find(({ user }) => user === "alice");
    expect(alice?.at).toBeLessThanOrEqual(1050 + windowMs);
  });
});

test("an aborted request takes no turn, and nothing waits after it", async () => {
  const clock = fakeClock();
  const limiter = new RateLimiter({ perUserIntervalMs: 25, burst: 1, windowMs: 100 }, clock);
  const begun: string[] = [];
  const gone = new AbortController();
  await limiter.acquire("a", NEVER);
  const left = limiter.acquire("b", gone.signal).catch((reason: unknown) => reason);
  limiter.acquire("c", NEVER).then(() => begun.push("c"));
  gone.abort("left");
  expect(await left).toBe("left");
  clock.advance(100);
  await Promise.resolve();
  expect(begun).toEqual(["c"]);
  expect(clock.next).toBeUndefined();
  await expect(limiter.acquire("d", gone.signal)).rejects.toBe("left");
});
