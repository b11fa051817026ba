/** Calls that are in progress, wait or are refused as busy: the limits, and that one user's calls never keep another's out. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Admission, AdmissionQueue } from "../../src/service/admission/admission-queue.ts";
import { fakeClock } from "../support/fake-clock.ts";

const NEVER = new AbortController().signal;
const settled = () => new Promise(setImmediate);

describe("the admission queue", () => {
  test("keeps its limits in any order of arrivals and departures, and admits every call that keeps waiting", async () => {
    const step = fc.record({
      what: fc.constantFrom("arrive", "arrive", "arrive on the fast path", "finish", "abort"),
      user: fc.integer({ min: 0, max: 4 }).map(String),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const queue = new AdmissionQueue({ work: 3, fastPath: 2, waiting: 5 }, fakeClock());
        const inProgress: (() => void)[] = [];
        const waiting = new Set<AbortController>();
        const all: Promise<unknown>[] = [];
        for (const { what, user } of steps) {
          if (what === "arrive" || what === "arrive on the fast path") {
            const controller = new AbortController();
            waiting.add(controller);
            all.push(
              queue
                .acquire(user, what === "arrive on the fast path", controller.signal)
                .then((admission: Admission) => admission !== "busy" && inProgress.push(admission))
                .catch((reason: unknown) => expect(reason).toBe("gone"))
                .finally(() => waiting.delete(controller)),
            );
          } else if (what === "finish") inProgress.shift()?.();
          else [...waiting][0]?.abort("gone");
          await settled();
          expect(queue.inProgress).toBe(inProgress.length);
          expect(queue.inProgress).toBeLessThanOrEqual(5);
          expect(queue.waiting).toBeLessThanOrEqual(5);
          expect(queue.waiting === 0 || queue.inProgress >= 3).toBe(true);
        }
        while (inProgress.length > 0) {
          inProgress.shift()?.();
          await settled();
        }
        await Promise.all(all);
        expect([queue.inProgress, queue.waiting]).toEqual([0, 0]);
      }),
      { numRuns: 80 },
    );
  });

  test("serves users in turn, also if one has many calls in it", async () => {
    const clock = fakeClock();
    const queue = new AdmissionQueue({ work: 1, fastPath: 0, waiting: 10 }, clock);
    const order: string[] = [];
    const enter = (user: string) =>
      queue.acquire(user, false, NEVER).then((admission) => {
        order.push(user);
        clock.advance(1);
        setImmediate(admission as () => void);
      });
    const all = ["a", "a", "a", "a", "b", "b", "c"].map(enter);
    await Promise.all(all);
    expect(order).toEqual(["a", "b", "c", "a", "b", "a", "a"]);
  });

  test("when full, gives a new call the place of the user with the most calls, but never one of the same user", async () => {
    const queue = new AdmissionQueue({ work: 1, fastPath: 0, waiting: 4 }, fakeClock());
    await queue.acquire("flood", false, NEVER);
    const flood = Array.from({ length: 4 }, () => queue.acquire("flood", false, NEVER));
    expect(await queue.acquire("flood", false, NEVER)).toBe("busy");
    const alice = queue.acquire("alice", false, NEVER);
    expect(await flood[3]).toBe("busy");
    expect(queue.waiting).toBe(4);
    const bob = queue.acquire("bob", false, NEVER);
    expect(await flood[2]).toBe("busy");
    // Two calls of "flood", one of "alice", one of "bob": a second one of "alice" would be as many as "flood" has.
    expect(await queue.acquire("alice", false, NEVER)).toBe("busy");
    void [alice, bob];
  });

  test("reserves places for calls that the cache can answer, and these take no other place", async () => {
    const queue = new AdmissionQueue({ work: 1, fastPath: 1, waiting: 4 }, fakeClock());
    const slow = (await queue.acquire("a", false, NEVER)) as () => void;
    const waits = queue.acquire("b", false, NEVER);
    const quick = (await queue.acquire("c", true, NEVER)) as () => void;
    const second = queue.acquire("c", true, NEVER);
    expect(queue.waiting).toBe(2);
    quick();
    expect(queue.waiting).toBe(2);
    slow();
    expect(typeof (await waits)).toBe("function");
    ((await waits) as () => void)();
    expect(typeof (await second)).toBe("function");
  });

  test("rejects a call whose signal was aborted before, also if a place is free", async () => {
    const queue = new AdmissionQueue({ work: 1, fastPath: 1, waiting: 4 }, fakeClock());
    for (const fastPath of [true, false]) {
      await expect(queue.acquire("a", fastPath, AbortSignal.abort("gone"))).rejects.toBe("gone");
    }
    expect([queue.inProgress, queue.waiting]).toEqual([0, 0]);
  });
});
