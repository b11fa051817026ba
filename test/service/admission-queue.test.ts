/** Calls that are in work, wait or are refused as busy: the limits, and that one user's calls never keep another's out. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Admission, AdmissionQueue } from "../../src/service/admission/admission-queue.ts";
import { fakeClock } from "../support/fake-clock.ts";

const NEVER = new AbortController().signal;
const settled = () => new Promise(setImmediate);

describe("the line", () => {
  test("keeps its bounds for any calls, and admits every call that waits long enough", async () => {
    const step = fc.record({
      what: fc.constantFrom("enter", "enter", "express", "leave", "go"),
      user: fc.integer({ min: 0, max: 4 }).map(String),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const line = new AdmissionQueue({ work: 3, express: 2, waiting: 5 }, fakeClock());
        const inWork: (() => void)[] = [];
        const waiting = new Set<AbortController>();
        const all: Promise<unknown>[] = [];
        for (const { what, user } of steps) {
          if (what === "enter" || what === "express") {
            const controller = new AbortController();
            waiting.add(controller);
            all.push(
              line
                .acquire(user, what === "express", controller.signal)
                .then((entered: Admission) => entered !== "busy" && inWork.push(entered))
                .catch((reason: unknown) => expect(reason).toBe("gone"))
                .finally(() => waiting.delete(controller)),
            );
          } else if (what === "leave") inWork.shift()?.();
          else [...waiting][0]?.abort("gone");
          await settled();
          expect(line.inWork).toBe(inWork.length);
          expect(line.inWork).toBeLessThanOrEqual(5);
          expect(line.waiting).toBeLessThanOrEqual(5);
          expect(line.waiting === 0 || line.inWork >= 3).toBe(true);
        }
        while (inWork.length > 0) {
          inWork.shift()?.();
          await settled();
        }
        await Promise.all(all);
        expect([line.inWork, line.waiting]).toEqual([0, 0]);
      }),
      { numRuns: 80 },
    );
  });

  test("serves users in turn, for any number of calls of each", async () => {
    const clock = fakeClock();
    const line = new AdmissionQueue({ work: 1, express: 0, waiting: 10 }, clock);
    const order: string[] = [];
    const enter = (user: string) =>
      line.acquire(user, false, NEVER).then((entered) => {
        order.push(user);
        clock.advance(1);
        setImmediate(entered as () => void);
      });
    const all = ["a", "a", "a", "a", "b", "b", "c"].map(enter);
    await Promise.all(all);
    expect(order).toEqual(["a", "b", "c", "a", "b", "a", "a"]);
  });

  test("when full, gives a new user a place of the user with most calls, and never one of the same user", async () => {
    const line = new AdmissionQueue({ work: 1, express: 0, waiting: 4 }, fakeClock());
    await line.acquire("flood", false, NEVER);
    const flood = Array.from({ length: 4 }, () => line.acquire("flood", false, NEVER));
    expect(await line.acquire("flood", false, NEVER)).toBe("busy");
    const alice = line.acquire("alice", false, NEVER);
    expect(await flood[3]).toBe("busy");
    expect(line.waiting).toBe(4);
    const bob = line.acquire("bob", false, NEVER);
    expect(await flood[2]).toBe("busy");
    // Two calls of "flood", one of "alice", one of "bob": a second one of "alice" would be as many as "flood" has.
    expect(await line.acquire("alice", false, NEVER)).toBe("busy");
    void [alice, bob];
  });

  test("reserves places for calls from the cache, and those never take the others' places permanently", async () => {
    const line = new AdmissionQueue({ work: 1, express: 1, waiting: 4 }, fakeClock());
    const slow = (await line.acquire("a", false, NEVER)) as () => void;
    const waits = line.acquire("b", false, NEVER);
    const quick = (await line.acquire("c", true, NEVER)) as () => void;
    const second = line.acquire("c", true, NEVER);
    expect(line.waiting).toBe(2);
    quick();
    expect(line.waiting).toBe(2);
    slow();
    expect(typeof (await waits)).toBe("function");
    ((await waits) as () => void)();
    expect(typeof (await second)).toBe("function");
  });
});
