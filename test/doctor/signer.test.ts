/** Validity of the signer and its staples at different times. The simulator makes real certificates and staples. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { judgeClock } from "../../src/doctor/check/clock-skew.ts";
import { judgeSigner, type SignerFacts } from "../../src/doctor/check/signer.ts";
import type { Finding, Result } from "../../src/doctor/finding.ts";
import { standingClock } from "../../src/simulator/clock.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { ALLOW_ALL } from "../../src/verify/policy.ts";
import { readAnchors } from "../../src/verify/x509/anchor.ts";

const NOW = new Date("2030-01-02T03:04:05Z");
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const got = <T>(value: T): Result<T> => ({ kind: "value", value });

describe("the signer", () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ clock: standingClock(NOW), authority: { caKey: "ec-p256" } });
  });
  afterAll(() => simulator.close());

  function judged(after: number, change: Partial<SignerFacts> = {}): Map<string, Finding> {
    const { authority } = simulator;
    const anchors = readAnchors(authority.anchorsPem, "the simulator");
    const facts: SignerFacts = {
      region: got("us-east-1"),
      domain: got("amazonaws.com"),
      certificates: got(Buffer.from(authority.servedPem)),
      staples: got(
        authority.stapleNames().flatMap((name) => {
          const body = authority.staple(name);
          return body === undefined ? [] : [{ name, body }];
        }),
      ),
      rules: { instanceId: undefined, anchors, domains: [], clockSkewSeconds: 300, policy: ALLOW_ALL },
      now: new Date(NOW.getTime() + after),
      ...change,
    };
    return new Map(judgeSigner(facts).map((finding) => [finding.check, finding]));
  }

  // A staple of the simulator is valid for seven days, starting an hour ago (docs/simulator.md).
  test.each([
    { after: 0, staples: { status: "ok", message: "2 good, the first ends in 6 days" } },
    { after: 5 * DAY, staples: { status: "ok", message: "2 good, the first ends in 47 h" } },
    { after: 7 * DAY - 44 * HOUR, staples: { status: "ok", message: "2 good, the first ends in 43 h" } },
    { after: 7 * DAY - 43 * HOUR - 30_000, staples: { status: "ok" } },
    { after: 7 * DAY - 43 * HOUR + 1000, staples: { status: "warning" } },
    {
      after: 7 * DAY - 2 * HOUR,
      staples: { status: "warning", message: expect.stringContaining("less than a quarter") },
    },
    { after: 7 * DAY, staples: { status: "failed", code: "STAPLE_STALE" } },
    { after: -2 * HOUR, staples: { status: "failed", code: "STAPLE_EARLY" } },
  ])("has staples whose state depends on the time ($after ms later)", ({ after, staples }) => {
    expect(judged(after).get("staples")).toMatchObject(staples);
    expect(judged(after).get("signer")?.status).toBe("ok");
  });

  test("is a warning thirty days before its certificate ends, and fails after", () => {
    const days = Number(judged(0).get("signer")?.facts?.days);
    expect(days).toBeGreaterThan(300);
    expect(judged((days - 30) * DAY).get("signer")?.status).toBe("ok");
    expect(judged((days - 29) * DAY).get("signer")).toMatchObject({
      status: "warning",
      message: expect.stringContaining(", 29 days left"),
    });
    expect(judged((days + 1) * DAY).get("signer")).toMatchObject({ status: "failed", code: "CHAIN_EXPIRED" });
    expect(judged((days + 1) * DAY).get("staples")?.status).toBe("not-applicable");
  });

  test.each([
    {
      title: "an invalid region",
      change: { region: got("us/east") },
      check: "region",
      code: "METADATA_MALFORMED",
    },
    { title: "an unknown domain", change: { domain: got("x.example") }, check: "domain", code: "DOMAIN_UNKNOWN" },
  ])("is not checked with $title", ({ change, check, code }) => {
    const findings = judged(0, change);
    expect(findings.get(check)).toMatchObject({ status: "failed", code });
    expect([...findings.values()].filter(({ status }) => status === "failed")).toHaveLength(1);
    expect(findings.get("signer")?.status).toBe("not-applicable");
  });

  test("of another region is not accepted", () => {
    expect(judged(0, { region: got("eu-west-1") }).get("signer")).toMatchObject({
      status: "failed",
      code: "SIGNER_NAME",
    });
  });

  test("waits for anchors", () => {
    const findings = judged(0, { rules: undefined });
    expect([...findings.values()].map(({ status }) => status)).toEqual([
      "ok",
      "ok",
      "not-applicable",
      "not-applicable",
    ]);
  });
});

describe("the clock", () => {
  const service = new Date("2030-01-02T03:04:05Z");
  test.each([
    { ahead: 0, status: "ok" },
    { ahead: 2.9, status: "ok" },
    { ahead: -2.9, status: "ok" },
    { ahead: 4, status: "warning" },
    { ahead: 59, status: "warning" },
    { ahead: 60, status: "failed" },
    { ahead: 86_400, status: "failed" },
    { ahead: -4, status: "warning" },
    { ahead: -299, status: "warning" },
    { ahead: -301, status: "failed" },
  ])("$ahead seconds ahead: $status", ({ ahead, status }) => {
    // A Date header is truncated to the second: on average, the service's clock is half a second ahead of it.
    const here = new Date(service.getTime() + 500 + ahead * 1000);
    expect(judgeClock({ service, here, skewSeconds: 300 })).toMatchObject({ check: "clock", status });
  });

  test("is not known without a Date", () => {
    expect(judgeClock({ service: undefined, here: service, skewSeconds: 300 }).status).toBe("not-applicable");
  });
});
