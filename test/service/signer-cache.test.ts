/** Proofs are valid only under the rules under which they were made. */
import { describe, expect, test } from "vitest";
import { RateLimiter } from "../../src/service/admission/rate-limiter.ts";
import { Caches } from "../../src/service/cache/caches.ts";
import { MetadataClients } from "../../src/service/cache/metadata-clients.ts";
import { Counters } from "../../src/service/telemetry/counters.ts";
import { DEFAULTS } from "../../src/settings/defaults.ts";
import type { Rules } from "../../src/verify/evidence.ts";
import { fakeClock } from "../support/fake-clock.ts";

const RULES: Rules = {
  ...{ instanceId: "i-0abcdef1234567890", anchors: [], domains: [], clockSkewSeconds: 300, policy: DEFAULTS.policy },
};

function signers() {
  const clock = fakeClock();
  const limits = { perUserIntervalMs: 0, burst: 10, windowMs: 1 };
  const rateLimiters = {
    documents: new RateLimiter(limits, clock),
    signers: new RateLimiter(limits, clock),
    tokens: new RateLimiter(limits, clock),
  };
  const metadata = new MetadataClients({ counters: new Counters(), clock });
  return new Caches(DEFAULTS, { metadata, clock, rateLimiters }).signers;
}

describe("proofs", () => {
  test("are kept under the same rules", () => {
    const one = signers();
    expect(one.validator({ ...RULES })).toBe(one.validator({ ...RULES }));
  });

  test.each<{ title: string; change: Partial<Rules> }>([
    { title: "another instance", change: { instanceId: "i-0abcdef1234567891" } },
    { title: "an unknown instance", change: { instanceId: undefined } },
    { title: "other anchors", change: { anchors: [] } },
    { title: "other domains", change: { domains: ["example.org"] } },
    { title: "another skew", change: { clockSkewSeconds: 0 } },
    { title: "another policy", change: { policy: { ...DEFAULTS.policy, denyUsers: ["alice"] } } },
  ])("are created again for $title", ({ change }) => {
    const one = signers();
    const before = one.validator(RULES);
    const after = one.validator({ ...RULES, ...change });
    expect(after).not.toBe(before);
    expect(after.rules).toEqual({ ...RULES, ...change });
  });
});
