/** The doctor's findings for Prometheus. */
import { describe, expect, test } from "vitest";
import { type HostFacts, hostMetrics } from "../../src/cli/doctor/host-metrics.ts";
import { CHECKS } from "../../src/doctor/finding.ts";

const FACTS: HostFacts = {
  version: "1.2.3",
  node: "24.0.0",
  findings: [
    { check: "sshd", status: "ok", message: "x" },
    { check: "clock", status: "warning", message: "x", hint: "y" },
    { check: "signer", status: "failed", message: "x", hint: "y" },
    { check: "selinux", status: "not-applicable", message: "x" },
  ],
  inForce: true,
  trial: false,
  lastKey: new Date("2026-11-22T03:00:00.250Z"),
  lastFault: new Date("2026-11-21T00:00:00Z"),
  at: new Date("2026-11-22T03:05:00Z"),
};

const lines = (facts: Partial<HostFacts>) =>
  hostMetrics({ ...FACTS, ...facts })
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
const named = (name: string, facts: Partial<HostFacts> = {}) => lines(facts).filter((line) => line.startsWith(name));

describe("Prometheus is given", () => {
  test("the installed program, and when the facts were collected", () => {
    expect(named("eic_agent_build_info")).toEqual(['eic_agent_build_info{version="1.2.3",node="24.0.0"} 1']);
    expect(named("eic_agent_host_timestamp")).toEqual(["eic_agent_host_timestamp_seconds 1795316700"]);
  });

  test.each([
    ["failed", "signer"],
    ["warning", "clock"],
  ])("each check, and 1 for the one that is %s", (status, check) => {
    const series = named(`eic_agent_doctor_check_${status}{`);
    expect(series.length).toBe(Object.keys(CHECKS).length);
    expect(series.filter((line) => !line.endsWith(" 0"))).toEqual([
      `eic_agent_doctor_check_${status}{check="${check}"} 1`,
    ]);
  });

  describe.each([
    { fact: "inForce", metric: "eic_agent_sshd_in_force" },
    { fact: "trial", metric: "eic_agent_sshd_trial" },
  ])("as $metric", ({ fact, metric }) => {
    test.each([
      [true, [`${metric} 1`]],
      [false, [`${metric} 0`]],
      [undefined, []],
    ])("that it is %s", (known, expected) => {
      expect(named(metric, { [fact]: known })).toEqual(expected);
    });
  });

  test("times of the log as they are, and no series for what is not known", () => {
    expect(named("eic_agent_last")).toEqual([
      "eic_agent_last_key_timestamp_seconds 1795316400.25",
      "eic_agent_last_fault_timestamp_seconds 1795219200",
    ]);
    expect(named("eic_agent_last", { lastKey: undefined, lastFault: undefined })).toEqual([]);
  });
});
