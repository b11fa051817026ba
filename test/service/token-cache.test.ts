/** The token that all calls share until it is refused. A refusal affects only the refused token. */
import { expect, test } from "vitest";
import { RateLimiter } from "../../src/service/admission/rate-limiter.ts";
import { KeptTokens } from "../../src/service/cache/token-cache.ts";
import { fakeClock } from "../support/fake-clock.ts";

function tokens() {
  let fetched = 0;
  const clock = fakeClock();
  const pace = new RateLimiter({ gapMs: 0, most: 10, windowMs: 1 }, clock);
  const kept = new KeptTokens(
    // The same text each time, as a service may give: they are two tokens nevertheless.
    async () => {
      fetched += 1;
      return { text: "token" };
    },
    pace,
    clock,
  );
  return { kept, fetched: () => fetched };
}

test("is fetched once for all calls", async () => {
  const { kept, fetched } = tokens();
  const all = await Promise.all(Array.from({ length: 20 }, () => kept.get()));
  expect(new Set(all).size).toBe(1);
  expect(fetched()).toBe(1);
});

test("that is refused is fetched again, and later refusals of it do not affect the new one", async () => {
  const { kept, fetched } = tokens();
  const old = await kept.get();
  kept.refused(old);
  const next = await kept.get();
  expect(next).not.toBe(old);
  // Forty requests used it; each is refused separately.
  for (let i = 0; i < 40; i += 1) kept.refused(old);
  expect(await kept.get()).toBe(next);
  expect(fetched()).toBe(2);
});
