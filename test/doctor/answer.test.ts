/** The warm service's status, and the addresses that its unit lets it reach: thresholds of the warnings. */
import { describe, expect, test } from "vitest";
import { judgeReach } from "../../src/doctor/check/reach.ts";
import { judgeService, type ServiceFacts } from "../../src/doctor/check/service.ts";
import { lookAtReach } from "../../src/doctor/probe/service.ts";
import type { Counts, Status } from "../../src/service/telemetry/status.ts";
import { DEFAULTS } from "../../src/settings/defaults.ts";

const STATUS: Status = {
  ...{
    format: "eic-agent status",
    version: 1,
    program: { version: "1.2.3", node: "24.0.0" },
    pid: 812,
    uptime: 3600,
    started: "2030-01-02T03:04:05.000Z",
  },
  calls: { total: 100, inProgress: 0, waiting: 0, rejected: 0 },
  ...{
    answers: { keys: 100 },
    oneShots: {},
    trial: {},
    refusals: {},
    faults: {},
    documents: {},
    signers: {},
    metadataRequests: {},
  },
  lastFault: null,
  milliseconds: { count: 100, sum: 200, p50: 2, p99: 3, buckets: [] },
  ...{ records: { written: 100 }, invalidations: {}, cached: { documents: 1 } },
  signer: { name: "managed-ssh-signer.us-east-1.amazonaws.com", age: 41.6, until: "2030-01-02T03:14:05.000Z" },
  metadataBreaker: { state: "closed", seconds: 0, opened: 0 },
  memory: { rss: 60_000_000, heapUsed: 20_000_000 },
};

function judged(change: Partial<Status>, replaced: boolean | undefined = false) {
  const facts: ServiceFacts = {
    ...{ way: "service", flaw: undefined, slots: 4, group: 997, user: undefined, version: "1.2.3" },
    behind: {
      ...{ units: { kind: "no-system" }, socket: { kind: "missing" }, folder: { kind: "missing" } },
      ...{ slots: [], makeSlots: "" },
    },
    keptOut: { socket: undefined, slots: undefined },
    answer: { kind: "answered", status: { ...STATUS, ...change }, ms: 2, replaced },
  };
  return judgeService(facts);
}

describe("the service's status", () => {
  test("is reported with its signer's age, and in facts", () => {
    expect(judged({})).toEqual({
      ...{ check: "service", status: "ok" },
      message:
        "answers after 2 ms: process 812, 100 calls, signer proven 42 s ago, until 2030-01-02 03:14:05Z at the latest",
      facts: {
        ...{ pid: 812, version: "1.2.3", uptimeSeconds: 3600, answeredAfterMs: 2, calls: 100 },
        ...{ p50Ms: 2, p99Ms: 3, signerAgeSeconds: 42 },
      },
    });
    expect(judged({ signer: null }).message).toMatch(/no signer in the cache yet$/);
  });

  test("of a program that has been replaced is a warning, of one that is not visible it is not", () => {
    expect(judged({}, true)).toMatchObject({
      status: "warning",
      message: "process 812 runs a program that has been replaced since",
      hint: expect.stringContaining("systemctl stop eic-agent.service"),
    });
    expect(judged({}, undefined).status).toBe("ok");
  });

  // Answers to a hundred calls.
  test.each([
    { answers: { keys: 99, fault: 1 }, is: "ok" },
    { answers: { keys: 98, fault: 2 }, is: "warning" },
    { answers: { keys: 99, busy: 1 }, is: "ok" },
    { answers: { keys: 98, busy: 2 }, is: "warning" },
    { answers: { keys: 98, exhausted: 2 }, is: "warning" },
    { answers: { keys: 99, bug: 1 }, is: "warning" },
    { answers: { refused: 50, "no-keys": 40, "not-offered": 5, disconnected: 5 }, is: "ok" },
  ] satisfies { answers: Counts; is: string }[])("with the endings $answers is $is", ({ answers, is }) => {
    expect(judged({ answers }).status).toBe(is);
  });

  test("with a lost record is a warning", () => {
    expect(judged({ records: { written: 99, lost: 1 } })).toMatchObject({ message: "1 record could not be written" });
    expect(judged({ records: { written: 90, counted: 10 } }).status).toBe("ok");
  });
});

describe("the addresses that its unit allows", () => {
  const reach = (service: Readonly<Record<string, string>>, settings: object, named = false) =>
    judgeReach(
      lookAtReach(
        {
          units: {
            kind: "known",
            socket: new Map(),
            service: new Map(Object.entries({ LoadState: "loaded", ...service })),
          },
        },
        "service",
        { ...DEFAULTS, ...settings },
        named,
      ),
    );
  const origins = (...hosts: string[]) => ({ origins: hosts.map((host) => ({ host, port: 80 })) });
  const ANY = "0.0.0.0/0 ::/0";

  // systemd.resource-control(5): IPAddressAllow= is checked first. An address in neither list is allowed.
  test.each([
    { allow: "169.254.169.254/32 fd00:ec2::254/128", deny: ANY, settings: {}, is: "ok" },
    { allow: "", deny: "", settings: origins("192.0.2.7"), is: "ok" },
    { allow: "", deny: ANY, settings: origins("192.0.2.7"), is: "failed" },
    { allow: "192.0.2.0/28", deny: ANY, settings: origins("192.0.2.7"), is: "ok" },
    { allow: "192.0.2.0/30", deny: ANY, settings: origins("192.0.2.7"), is: "failed" },
    { allow: "", deny: "192.0.2.0/24", settings: origins("198.51.100.1"), is: "ok" },
    { allow: "2001:db8::/32", deny: ANY, settings: origins("2001:db8::1"), is: "ok" },
    { allow: "192.0.2.7/32", deny: ANY, settings: origins("2001:db8::1"), is: "failed" },
    { allow: "169.254.0.0/16", deny: ANY, settings: {}, is: "warning" },
  ])("$settings: allowed $allow, denied $deny: $is", ({ allow, deny, settings, is }) => {
    expect(reach({ IPAddressAllow: allow, IPAddressDeny: deny }, settings).status).toBe(is);
  });

  test.each([
    { file: "/etc/eic-agent/anchors.pem", is: "ok" },
    { file: "/home/alice/anchors.pem", is: "failed" },
    { file: "/root/anchors.pem", is: "failed" },
    { file: "/run/user/1000/anchors.pem", is: "failed" },
    { file: "/tmp/anchors.pem", is: "failed" },
    { file: "/var/tmp/anchors.pem", is: "failed" },
    { file: "/srv/tmp/anchors.pem", is: "ok" },
  ])("anchors in $file: $is", ({ file, is }) => {
    const hiding = { ProtectHome: "yes", PrivateTmp: "yes" };
    expect(reach(hiding, { anchors: file }).status).toBe(is);
    expect(reach(hiding, { extraAnchors: file }).status).toBe(is);
    expect(reach({ ProtectHome: "no", PrivateTmp: "no" }, { anchors: file }).status).toBe("ok");
  });

  test("is not judged by settings that are not the service's", () => {
    expect(reach({ IPAddressDeny: ANY }, origins("192.0.2.7"), true).status).toBe("not-applicable");
  });
});
