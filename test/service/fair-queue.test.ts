/** The order in which users take turns, the order of one user's waiters, and that an aborted waiter leaves the queue. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FairQueue } from "../../src/service/admission/fair-queue.ts";

const NEVER_ABORTED = new AbortController().signal;
const NEVER_SERVED = Number.NEGATIVE_INFINITY;
const USERS = ["a", "b", "c", "d"] as const;

interface Waiter {
  readonly user: string;
  readonly controller: AbortController;
  /** Number of waiters of the same user that were in the queue when this one arrived, and the turns until then. */
  readonly ahead: number;
  readonly turnsBefore: number;
  /** The value that the promise resolved with, or the reason that it was rejected with. */
  outcome: string;
}

/** A queue with all of its waiters and turns. One turn takes one millisecond. */
class Scenario {
  readonly queue = new FairQueue<string>();
  readonly waiters: Waiter[] = [];
  /** The user of each turn. */
  readonly turns: string[] = [];

  waiting(user?: string): Waiter[] {
    return this.waiters.filter((one) => one.outcome === "waits" && (user === undefined || one.user === user));
  }

  arrive(user: string): void {
    const controller = new AbortController();
    const [ahead, turnsBefore] = [this.waiting(user).length, this.turns.length];
    const waiter: Waiter = { user, controller, ahead, turnsBefore, outcome: "waits" };
    const settle = (outcome: string) => {
      waiter.outcome = outcome;
    };
    this.waiters.push(waiter);
    this.queue.wait(user, controller.signal).then(settle, settle);
  }

  async abort(waiter: Waiter | undefined): Promise<void> {
    waiter?.controller.abort("aborted");
    await Promise.resolve();
  }

  async evict(user: string): Promise<void> {
    this.queue.evictNewest(user, "evicted");
    await Promise.resolve();
  }

  /** Serves the next user. Returns false if the queue is empty. */
  async serve(): Promise<boolean> {
    const now = this.turns.length;
    const next = this.queue.next(now);
    if (next === undefined) return false;
    this.queue.serve(next.user, now, `turn ${now}`);
    this.turns.push(next.user);
    await Promise.resolve();
    return true;
  }
}

/** Serves a user that does not have to wait. */
async function serveAt(queue: FairQueue<void>, user: string, at: number): Promise<void> {
  const turn = queue.wait(user, NEVER_ABORTED);
  queue.serve(user, at);
  await turn;
}

const user = fc.constantFrom(...USERS);
const arrive = fc.record({ kind: fc.constant("arrive" as const), user });
const serve = fc.record({ kind: fc.constant("serve" as const) });
const evict = fc.record({ kind: fc.constant("evict" as const), user });
/** Aborts a waiter of the scenario, which may have left the queue already. */
const abort = fc.record({ kind: fc.constant("abort" as const), which: fc.nat(60) });

type Step =
  | { kind: "arrive"; user: string }
  | { kind: "serve" }
  | { kind: "evict"; user: string }
  | { kind: "abort"; which: number };

async function perform(scenario: Scenario, step: Step): Promise<void> {
  if (step.kind === "arrive") scenario.arrive(step.user);
  else if (step.kind === "serve") await scenario.serve();
  else if (step.kind === "evict") await scenario.evict(step.user);
  else await scenario.abort(scenario.waiters[step.which]);
}

/** Checks a property after each step of many scenarios. */
async function holds(steps: fc.Arbitrary<Step>, check: (scenario: Scenario, step: Step, before: Waiter[]) => void) {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 80 }), async (given) => {
      const scenario = new Scenario();
      for (const step of given) {
        const before = scenario.waiting();
        await perform(scenario, step);
        check(scenario, step, before);
      }
    }),
    { numRuns: 200 },
  );
}

const anyStep = fc.oneof(
  { weight: 4, arbitrary: arrive },
  { weight: 3, arbitrary: serve },
  { weight: 1, arbitrary: evict },
  { weight: 2, arbitrary: abort },
);

describe("the next user", () => {
  test.each<{ title: string; arrivals: string; turns: string }>([
    { title: "is the one that arrived first, if none was served", arrivals: "cab", turns: "cab" },
    { title: "is another user, even if the first has many waiters", arrivals: "aaaabbc", turns: "abcabaa" },
    { title: "is the only one that waits, although it has just been served", arrivals: "aaa", turns: "aaa" },
  ])("$title", async ({ arrivals, turns }) => {
    const scenario = new Scenario();
    for (const one of arrivals) scenario.arrive(one);
    while (await scenario.serve());
    expect(scenario.turns.join("")).toBe(turns);
  });

  /** `served`: the user of each turn, at 1 ms, 2 ms, … After these, the users a and b wait, in this order. */
  test.each<{ title: string; served: string; now: number; next: string; lastTurn: number }>([
    { title: "is one never served", served: "a", now: 2, next: "b", lastTurn: NEVER_SERVED },
    { title: "is the one served longest ago", served: "ba", now: 3, next: "b", lastTurn: 1 },
    { title: "is not one that was served again", served: "aba", now: 4, next: "b", lastTurn: 2 },
    { title: "was served ten seconds ago", served: "ba", now: 10_001, next: "b", lastTurn: 1 },
    { title: "was served longer ago: never", served: "ba", now: 10_002, next: "b", lastTurn: NEVER_SERVED },
    {
      title: "is the first to arrive, if all turns are so old",
      served: "ba",
      now: 10_003,
      next: "a",
      lastTurn: NEVER_SERVED,
    },
  ])("$title", async ({ served, now, next, lastTurn }) => {
    const queue = new FairQueue<void>();
    for (const [i, one] of [...served].entries()) await serveAt(queue, one, i + 1);
    for (const one of ["a", "b"]) void queue.wait(one, NEVER_ABORTED);
    expect(queue.next(now)).toEqual({ user: next, lastTurn });
  });

  test("is undefined if no waiter is left", async () => {
    const scenario = new Scenario();
    expect(scenario.queue.next(0)).toBeUndefined();
    scenario.arrive("a");
    await scenario.abort(scenario.waiters[0]);
    expect(scenario.queue.next(0)).toBeUndefined();
  });

  test("counts as never served after turns of 4,096 other users since the last turn: no more are remembered", async () => {
    const queue = new FairQueue<void>();
    const serveOthers = async (from: number, to: number) => {
      for (let i = from; i < to; i += 1) await serveAt(queue, `user-${i}`, 1);
    };
    await serveAt(queue, "alice", 1);
    await serveOthers(1, 4096);
    await serveAt(queue, "alice", 2);
    await serveOthers(4096, 8191);
    void queue.wait("alice", NEVER_ABORTED);
    expect(queue.next(2)).toEqual({ user: "alice", lastTurn: 2 });
    await serveOthers(8191, 8192);
    expect(queue.next(2)).toEqual({ user: "alice", lastTurn: NEVER_SERVED });
  });

  test("is forgotten at the next turn after ten seconds", async () => {
    const queue = new FairQueue<void>();
    await serveAt(queue, "a", 1);
    await serveAt(queue, "b", 10_002);
    void queue.wait("a", NEVER_ABORTED);
    // A query for an earlier time shows that the turn was deleted, and is not only too old.
    expect(queue.next(2)).toEqual({ user: "a", lastTurn: NEVER_SERVED });
  });

  test("was served before all other users that wait, or never", async () => {
    await holds(anyStep, (scenario, step, before) => {
      if (step.kind !== "serve" || before.length === 0) return;
      const earlier = scenario.turns.slice(0, -1);
      const lastTurns = before.map((one) => earlier.lastIndexOf(one.user));
      expect(earlier.lastIndexOf(scenario.turns.at(-1) ?? "")).toBe(Math.min(...lastTurns));
    });
  });
});

describe("a waiter", () => {
  test("is served within as many turns as there are users, for itself and for each waiter of its user ahead of it", async () => {
    const flood = fc.oneof(
      { weight: 3, arbitrary: arrive },
      { weight: 2, arbitrary: serve },
      { weight: 1, arbitrary: abort },
    );
    await holds(flood, (scenario) => {
      for (const { ahead, turnsBefore } of scenario.waiting()) {
        expect(scenario.turns.length - turnsBefore).toBeLessThan((ahead + 1) * USERS.length);
      }
    });
  });

  test("is served before all later waiters of its user", async () => {
    await holds(anyStep, (scenario, step, before) => {
      if (step.kind !== "serve" || before.length === 0) return;
      const turn = `turn ${scenario.turns.length - 1}`;
      const served = scenario.waiters.filter(({ outcome }) => outcome === turn);
      const first = before.find((one) => one.user === scenario.turns.at(-1));
      expect(served.map((one) => scenario.waiters.indexOf(one))).toEqual([scenario.waiters.indexOf(first as Waiter)]);
    });
  });

  test("that is aborted is rejected with the reason and leaves the queue; one that has been served stays served", async () => {
    await holds(anyStep, (scenario, step, before) => {
      const left = step.kind === "abort" ? before.filter((one) => one === scenario.waiters[step.which]) : [];
      for (const one of left) expect(one.outcome).toBe("aborted");
      // The counts of the queue are those of the promises that are still pending.
      expect(scenario.queue.size).toBe(scenario.waiting().length);
      for (const one of USERS) expect(scenario.queue.countOf(one)).toBe(scenario.waiting(one).length);
    });
  });

  test("whose signal was aborted before it arrived does not enter the queue", async () => {
    const queue = new FairQueue<void>();
    const rejected = expect(queue.wait("a", AbortSignal.abort("aborted"))).rejects.toBe("aborted");
    expect(queue.size).toBe(0);
    await rejected;
  });

  test("that is evicted is the newest of its user, and this is no turn of the user", async () => {
    const scenario = new Scenario();
    for (const one of "aab") scenario.arrive(one);
    await scenario.evict("a");
    expect(scenario.waiters.map(({ outcome }) => outcome)).toEqual(["waits", "evicted", "waits"]);
    expect(scenario.queue.next(1)).toEqual({ user: "a", lastTurn: NEVER_SERVED });
    await scenario.evict("c");
    expect(scenario.queue.size).toBe(2);
  });
});

test.each<{ arrivals: string; largest: string | undefined }>([
  { arrivals: "", largest: undefined },
  { arrivals: "abb", largest: "b" },
  { arrivals: "abba", largest: "a" },
  { arrivals: "bcaab", largest: "b" },
])("the largest user of '$arrivals' is $largest", ({ arrivals, largest }) => {
  const scenario = new Scenario();
  for (const one of arrivals) scenario.arrive(one);
  expect(scenario.queue.largestUser()).toBe(largest);
});
