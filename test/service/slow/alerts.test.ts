/**
 * The alerting rules as written in docs/service.md, run by Prometheus' own promtool: each fires on a single burst,
 * regardless of the counter's previous value, and none fires on a quiet day.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { programPath } from "../../../tools/system.ts";
import { describeWith } from "../../support/needs.ts";

const RULES = /```yaml\n(groups:\n[^`]*(?:`\w+`[^`]*)*)```/.exec(readFileSync("docs/service.md", "utf8"))?.[1] ?? "";

const ALARMS = [
  { alert: "EicAgentFault", series: "eic_agent_faults_total", label: 'code="METADATA_STATUS"' },
  { alert: "EicAgentRecordLost", series: "eic_agent_records_total", label: 'state="lost"' },
  { alert: "EicAgentOneShot", series: "eic_agent_one_shots_total", label: 'kind="keys"' },
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

describeWith("alarms", "the alarms of docs/service.md", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "eic-alarms-"));
    writeFileSync(join(folder, "rules.yml"), RULES);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const promtool = (...words: string[]) =>
    spawnSync(programPath("promtool") ?? "promtool", words, { cwd: folder, encoding: "utf8" });

  test("are valid rules, and all are tested here", () => {
    const { status, stdout, stderr } = promtool("check", "rules", "rules.yml");
    expect({ status, said: stdout + stderr }).toMatchObject({
      status: 0,
      said: expect.stringContaining("5 rules found"),
    });
    const named = [...RULES.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    expect(new Set(named)).toEqual(new Set([...ALARMS.map(({ alert }) => alert), "EicAgentNoAnswer"]));
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

  test("fire if the metrics file is old", () => {
    const series =
      'node_textfile_mtime_seconds{instance="h", job="node", file="/var/lib/node_exporter/eic-agent.prom"}';
    const labels = { instance: "h", job: "node", file: "/var/lib/node_exporter/eic-agent.prom" };
    const at = (eval_time: string, exp_alerts: unknown[]) => ({ eval_time, alertname: "EicAgentNoAnswer", exp_alerts });
    const tests = [
      {
        interval: "1m",
        input_series: [{ series, values: "0x60" }],
        alert_rule_test: [at("14m", []), at("16m", [{ exp_labels: labels }])],
      },
    ];
    writeFileSync(join(folder, "test.yml"), JSON.stringify({ rule_files: ["rules.yml"], tests }));
    const { status, stdout, stderr } = promtool("test", "rules", "test.yml");
    expect({ status, said: stdout + stderr }).toMatchObject({ status: 0 });
  });
});
