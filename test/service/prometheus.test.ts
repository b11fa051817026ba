/** The text for Prometheus, checked by a separate reader of its format; and the page for people. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { statusText } from "../../src/cli/status-report.ts";
import { painter } from "../../src/cli/text.ts";
import { Counters } from "../../src/service/telemetry/counters.ts";
import { prometheusOf } from "../../src/service/telemetry/prometheus.ts";
import { type Status, statusOf } from "../../src/service/telemetry/status.ts";
import { Fault } from "../../src/verify/errors.ts";

/** The time of the request. */
const AT = new Date("2026-11-22T03:05:00.500Z");

function sample(): Status {
  const counters = new Counters();
  counters.calls = 3;
  counters.failed(new Fault("METADATA_STATUS", "x"));
  counters.answered({ kind: "no-keys", why: "no-keys" });
  for (const ms of [0.3, 1, 700]) counters.latency.add(ms);
  counters.asked("/latest/api/token");
  counters.asked("/latest/meta-data/managed-ssh-keys/active-keys/a/");
  counters.asked("/latest/meta-data/managed-ssh-keys/signer-cert/");
  return statusOf(counters, {
    program: { version: '1.0 "beta"\\\n', node: "24" },
    uptime: 12.5,
    started: new Date("2026-11-22T03:00:00.250Z"),
    ...{ inProgress: 1, waiting: 2, documents: 3 },
    breaker: { state: "closed", seconds: 0 },
    signer: { name: "managed-ssh-signer.us-east-1.amazonaws.com", age: 5, until: "2026-11-22T03:15:00.000Z" },
  });
}

/**
 * Reads the text format 0.0.4 strictly: HELP and TYPE once before a family's samples, which must be contiguous.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
function read(text: string): Map<string, { type: string; samples: Map<string, number> }> {
  expect(text.endsWith("\n")).toBe(true);
  const families = new Map<string, { type: string; samples: Map<string, number> }>();
  let family = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\]|\\\\|\\n)*)$/.exec(line);
    const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/.exec(line);
    if (help !== null) {
      family = help[1] ?? "";
      expect(families.has(family)).toBe(false);
      continue;
    }
    if (type !== null) {
      expect(type[1]).toBe(family);
      families.set(family, { type: type[2] ?? "", samples: new Map() });
      continue;
    }
    const found =
      /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*",?)+\})? (\S+)$/.exec(line);
    expect(found, line).not.toBeNull();
    const [, name = "", labels = "", value = ""] = found ?? [];
    const one = families.get(family);
    expect(
      name === family || (one?.type === "histogram" && /^_(bucket|sum|count)$/.test(name.slice(family.length))),
    ).toBe(true);
    expect(Number.isFinite(Number(value))).toBe(true);
    expect(one?.samples.has(name + labels)).toBe(false);
    one?.samples.set(name + labels, Number(value));
  }
  return families;
}

/** Returns the names in the first column of the table below this heading. */
function tableIn(file: string, heading: string): string[] {
  const [, section = ""] = readFileSync(file, "utf8").split(new RegExp(`^## ${heading}$`, "im"));
  const rows = section.split(/^## /m)[0] ?? "";
  return [...rows.matchAll(/^\| `([A-Za-z_-]+)` \|/gm)].map(([, name = ""]) => name);
}

describe("Prometheus is given", () => {
  test("well-formed families, counters named _total", () => {
    const families = read(prometheusOf(sample(), AT));
    for (const [name, { type }] of families) {
      expect(name).toMatch(/^eic_agent_[a-z_]+$/);
      expect(type === "counter").toBe(name.endsWith("_total"));
    }
    const answers = [...(families.get("eic_agent_answers_total")?.samples ?? [])].filter(([, value]) => value !== 0);
    expect(new Map(answers)).toEqual(
      new Map([
        ['eic_agent_answers_total{kind="fault"}', 1],
        ['eic_agent_answers_total{kind="no-keys"}', 1],
      ]),
    );
    expect(families.get("eic_agent_start_time_seconds")?.samples.values().next().value).toBe(
      Date.parse("2026-11-22T03:00:00.250Z") / 1000,
    );
    expect(families.get("eic_agent_metadata_requests_total")?.samples.size).toBe(3);
    expect(families.get("eic_agent_signer_proof_end_timestamp_seconds")?.samples.values().next().value).toBe(
      Date.parse("2026-11-22T03:15:00Z") / 1000,
    );
  });

  test("every series from the first scrape on, and no other one later", () => {
    const first = statusOf(new Counters(), {
      ...{ program: { version: "1", node: "24" }, uptime: 0, started: new Date(0) },
      ...{ inProgress: 0, waiting: 0, documents: 0, signer: null },
      breaker: { state: "closed", seconds: 0 },
    });
    const namesIn = (status: Status) =>
      [...read(prometheusOf(status, AT)).values()].flatMap(({ samples }) => [...samples.keys()]);
    const names = namesIn(first);
    const expected = [
      // From the tables of Faults and of refused keys, and the list of endings in docs/service.md.
      ...tableIn("docs/troubleshooting.md", "faults").map((code) => `eic_agent_faults_total{code="${code}"}`),
      ...tableIn("docs/troubleshooting.md", "refused keys")
        .filter((reason) => reason !== "another-key")
        .map((reason) => `eic_agent_refusals_total{reason="${reason}"}`),
      ...[
        "keys",
        "refused",
        "no-keys",
        "not-offered",
        "no-user",
        "not-ec2",
        "metadata-off",
        "fault",
        "busy",
        "disconnected",
      ].map((kind) => `eic_agent_answers_total{kind="${kind}"}`),
      ...["keys", "without-keys", "failed"].map((kind) => `eic_agent_one_shots_total{kind="${kind}"}`),
      ...["bug", "exhausted"].map((kind) => `eic_agent_answers_total{kind="${kind}"}`),
      ...["written", "counted", "lost"].map((state) => `eic_agent_records_total{state="${state}"}`),
    ];
    expect(expected.length).toBeGreaterThan(60);
    expect(names).toEqual(expect.arrayContaining(expected));
    const signer = ["eic_agent_signer_age_seconds", "eic_agent_signer_proof_end_timestamp_seconds"];
    const info = (name: string) => !name.startsWith("eic_agent_info");
    expect(namesIn(sample()).filter((name) => !signer.includes(name) && info(name))).toEqual(names.filter(info));
  });

  test("a histogram whose buckets grow to its count", () => {
    const { samples } = read(prometheusOf(sample(), AT)).get("eic_agent_call_duration_seconds") ?? {
      samples: new Map(),
    };
    const buckets = [...samples].filter(([name]) => name.includes("_bucket"));
    expect(buckets.map(([, value]) => value)).toEqual(buckets.map(([, value]) => value).toSorted((a, b) => a - b));
    expect(buckets.at(-1)).toEqual(['eic_agent_call_duration_seconds_bucket{le="+Inf"}', 3]);
    expect(samples.get("eic_agent_call_duration_seconds_count")).toBe(3);
    expect(samples.get("eic_agent_call_duration_seconds_sum")).toBeCloseTo(0.7013);
    expect(samples.get('eic_agent_call_duration_seconds_bucket{le="0.0004"}')).toBe(1);
  });

  test("label values with quotes, backslashes and newlines escaped", () => {
    expect(prometheusOf(sample(), AT)).toContain('eic_agent_info{version="1.0 \\"beta\\"\\\\\\n",node="24"} 1\n');
  });

  test("no signer if none is in the cache", () => {
    expect(prometheusOf({ ...sample(), signer: null }, AT)).not.toContain("signer_age");
  });
});

test("the page for people fits the screen, without a control character", () => {
  const text = statusText(sample(), { width: 60, paint: painter(false) });
  expect(text).not.toMatch(/[^\x20-\x7e\n]/);
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(60 + 25);
  expect(text).toContain("Faults              1 METADATA_STATUS\n");
  expect(text).toMatch(/^running {13}for 12 s/);
});

test("an open circuit breaker is an alarm, and a line for people", () => {
  const dead: Status = { ...sample(), metadataBreaker: { state: "half-open", seconds: 70, opened: 2 } };
  expect(read(prometheusOf(dead, AT)).get("eic_agent_metadata_breaker_open")?.samples.values().next().value).toBe(1);
  expect(read(prometheusOf(sample(), AT)).get("eic_agent_metadata_breaker_open")?.samples.values().next().value).toBe(
    0,
  );
  expect(prometheusOf(dead, AT)).toContain("eic_agent_metadata_breaker_opened_total 2\n");
  const page = (status: Status) => statusText(status, { width: 200, paint: painter(false) });
  expect(page(dead)).toMatch(
    /^metadata service {4}has not answered for 70 s: each call makes one short request \(circuit breaker half-open\)$/m,
  );
  expect(page(sample())).toMatch(/^metadata service {4}answers$/m);
});
