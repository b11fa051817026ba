/**
 * The alerting rules of packaging/examples, run by Prometheus' own promtool: their own unit tests; and the rules about
 * counters fire on a single burst, regardless of the counter's previous value, and not on a quiet day.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { programPath } from "../../../tools/system.ts";
import { describeWith } from "../../support/needs.ts";
import { alertsIn } from "./prometheus-server.ts";

const FOLDER = "packaging/examples/prometheus";
const RULES = readFileSync(`${FOLDER}/eic-agent.rules.yml`, "utf8");
const OWN_TESTS = readFileSync(`${FOLDER}/eic-agent.rules.test.yml`, "utf8");
/** Without labels and annotations, which promtool would compare: the unit tests of the rules have them. */
const EXPRESSIONS = RULES.replace(/^ {8}(labels|annotations):\n( {10}.*\n)+/gm, "");

const ALARMS = [
  { alert: "EicAgentFault", series: "eic_agent_faults_total", label: 'code="METADATA_STATUS"' },
  { alert: "EicAgentRecordLost", series: "eic_agent_records_total", label: 'state="lost"' },
  { alert: "EicAgentOneShot", series: "eic_agent_one_shots_total", label: 'kind="keys"' },
  { alert: "EicAgentTrialDiffers", series: "eic_agent_trial_total", label: 'result="differs"' },
  { alert: "EicAgentTrouble", series: "eic_agent_answers_total", label: 'kind="busy"' },
  { alert: "EicAgentTrouble", series: "eic_agent_answers_total", label: 'kind="exhausted"' },
  { alert: "EicAgentTrouble", series: "eic_agent_answers_total", label: 'kind="bug"' },
] as const;

/** One value per minute, in promtool's notation; `_`: no sample. The burst is at minute 30. */
const SHAPES = [
  { title: "a burst in a service that runs", values: "0x30 14x20", start: "100x50", fires: true },
  {
    title: "a burst in a new service, with the same count as before the restart",
    values: "14x29 14x20",
    start: "100x29 1800x20",
    fires: true,
  },
  { title: "a burst in a new service, fewer than before", values: "20x29 3x20", start: "100x29 1800x20", fires: true },
  { title: "a series that first appears at 14", values: "_x30 14x20", start: "_x30 1800x20", fires: true },
  { title: "no calls for hours", values: "0x60", start: "100x60", fires: false },
  { title: "an old burst, and nothing since", values: "14x60", start: "100x60", fires: false },
  {
    title: "a service that ends idle and starts again, time after time",
    values: "0x60",
    start: "100x9 700x9 1300x9 1900x9 2500x9 3000x9",
    fires: false,
  },
] as const;

describeWith("alarms", "the alerting rules", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "eic-alarms-"));
    writeFileSync(join(folder, "rules.yml"), EXPRESSIONS);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const promtool = (...words: string[]) =>
    spawnSync(programPath("promtool") ?? "promtool", words, { cwd: folder, encoding: "utf8" });

  test("are valid, pass their own unit tests, and each of them fires in one", () => {
    expect(promtool("check", "rules", resolve(FOLDER, "eic-agent.rules.yml"))).toMatchObject({ status: 0 });
    const { status, stdout, stderr } = promtool("test", "rules", resolve(FOLDER, "eic-agent.rules.test.yml"));
    expect({ status, said: stdout + stderr }).toMatchObject({ status: 0 });
    const fires = new Set(
      [...OWN_TESTS.matchAll(/alertname: (\w+)\n +exp_alerts:\n +- exp_labels/g)].map(([, name]) => name),
    );
    const names = alertsIn(`${FOLDER}/eic-agent.rules.yml`);
    expect(names.length).toBeGreaterThan(8);
    expect(fires).toEqual(new Set(names));
  });

  test("say what has happened, and what to do", () => {
    for (const rule of RULES.split(/^ +- alert: /m).slice(1)) {
      expect(rule).toMatch(/^ {10}summary: "\{\{ \$labels\.instance \}\}: .{20,}"$/m);
      expect(rule).toMatch(/^ {10}description: >-\n( {12}.*\n){2,}/m);
    }
  });

  test.each(SHAPES)("fire on $title: $fires", ({ values, start, fires }) => {
    const instance = 'instance="h", job="node"';
    const tests = ALARMS.map(({ alert, series, label }) => ({
      interval: "1m",
      input_series: [
        { series: `${series}{${instance}, ${label}}`, values },
        { series: `eic_agent_start_time_seconds{${instance}}`, values: start },
      ],
      alert_rule_test: [
        {
          eval_time: "35m",
          alertname: alert,
          exp_alerts: fires
            ? [
                {
                  exp_labels: Object.fromEntries([
                    ["instance", "h"],
                    ["job", "node"],
                    label.replaceAll('"', "").split("="),
                  ]),
                },
              ]
            : [],
        },
        // An alert ends by itself.
        { eval_time: "48m", alertname: alert, exp_alerts: [] },
      ],
    }));
    writeFileSync(join(folder, "test.yml"), JSON.stringify({ rule_files: ["rules.yml"], tests }));
    const { status, stdout, stderr } = promtool("test", "rules", "test.yml");
    expect({ status, said: stdout + stderr }).toMatchObject({ status: 0 });
  });
});
