/** The token that all calls share until it is refused. A refusal affects only the refused token. */
import { expect, test } from "vitest";
import { RateLimiter } from "../../src/service/admission/rate-limiter.ts";
import { TokenCache } from "../../src/service/cache/token-cache.ts";
import { fakeClock } from "../support/fake-clock.ts";

function tokens() {
  let fetched = 0;
  const clock = fakeClock();
  const rateLimiter = new RateLimiter({ perUserIntervalMs: 0, burst: 10, windowMs: 1 }, clock);
  const cache = new TokenCache(
    // The same text each time, as a service may give: they are two tokens nevertheless.
    async () => {
      fetched += 1;
      return { text: "token" };
    },
    rateLimiter,
    clock,
  );
  return { cache, fetched: () => fetched };
}

test("is fetched once for all calls", async () => {
  const { cache, fetched } = tokens();
  const all = await Promise.all(Array.from({ length: 20 }, () => cache.token()));
  expect(new Set(all).size).toBe(1);
  expect(fetched()).toBe(1);
});

test("that is refused is fetched again, and later refusals of it do not affect the new one", async () => {
  const { cache, fetched } = tokens();
  const old = await cache.token();
  cache.discard(old);
  const next = await cache.token();
  expect(next).not.toBe(old);
  // Forty requests used it; each is refused separately.
  for (let i = 0; i < 40; i += 1) cache.discard(old);
  expect(await cache.token()).toBe(next);
  expect(fetched()).toBe(2);
});
