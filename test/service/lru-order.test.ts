/** Times at which users were last served: the newest are kept, for a limited time and up to a limited number. */
import { expect, test } from "vitest";
import { LastServed } from "../../src/service/admission/lru-order.ts";

test("a user that was not served recently counts as never served", () => {
  const recency = new LastServed({ ms: 100, most: 10 });
  recency.mark("alice", 1000);
  expect([recency.last("alice", 1100), recency.last("alice", 1101), recency.last("bob", 1000)]).toEqual([
    1000,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ]);
});

test("the users served longest ago are removed first, and a user that is served again is new", () => {
  const recency = new LastServed({ ms: 100, most: 2 });
  for (const [user, now] of [
    ["alice", 1],
    ["bob", 2],
    ["alice", 3],
    ["carol", 4],
  ] as const)
    recency.mark(user, now);
  expect(["alice", "bob", "carol"].map((user) => recency.last(user, 4))).toEqual([3, Number.NEGATIVE_INFINITY, 4]);
  expect(recency.size).toBe(2);
  recency.mark("dora", 200);
  expect(recency.size).toBe(1);
});
