/**
 * The examples for Grafana and Prometheus, without these programs: the form of the dashboard as Grafana exports it, and that
 * neither names a metric which does not exist. test/service/slow runs all queries.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { hostMetrics } from "../../src/cli/doctor/host-metrics.ts";
import { Counters } from "../../src/service/telemetry/counters.ts";
import { prometheusOf } from "../../src/service/telemetry/prometheus.ts";
import { statusOf } from "../../src/service/telemetry/status.ts";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr: string; readonly refId: string; readonly datasource: unknown }[];
}

interface Dashboard {
  readonly id: null;
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
}

const dashboard = JSON.parse(readFileSync("packaging/examples/grafana/eic-agent.json", "utf8")) as Dashboard;
const rules = readFileSync("packaging/examples/prometheus/eic-agent.rules.yml", "utf8");
const panels = dashboard.panels.filter(({ type }) => type !== "row");
const DATASOURCE = { type: "prometheus", uid: `\${datasource}` };
const WIDTH = 24;

describe("the dashboard", () => {
  test("is for any Grafana: without an id, with variables for data source, job and host", () => {
    expect(dashboard).toMatchObject({ id: null, uid: "eic-agent", title: "eic-agent" });
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36);
    expect(dashboard.templating.list.map(({ name, type }) => [name, type])).toEqual([
      ["datasource", "datasource"],
      ["job", "query"],
      ["instance", "query"],
    ]);
  });

  test("has panels, each with its own id and title", () => {
    expect(panels.length).toBeGreaterThan(12);
    for (const of of ["id", "title"] as const)
      expect(new Set(dashboard.panels.map((panel) => panel[of])).size).toBe(dashboard.panels.length);
  });

  test.each(panels)("$title: has a unit, a description, and queries that the variables select", (panel) => {
    expect(panel.datasource).toEqual(DATASOURCE);
    expect(panel.description).toMatch(/\.$/);
    expect(panel.fieldConfig?.defaults.unit).toMatch(/^(none|short|s|bytes|reqps|ops)$/);
    const { targets = [] } = panel;
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    for (const { expr, datasource } of targets) {
      expect(datasource).toEqual(DATASOURCE);
      const selectors = expr.match(/eic_agent_\w+(\{[^}]*\})?/g) ?? [];
      expect(selectors.length).toBeGreaterThan(0);
      for (const selector of selectors) expect(selector).toContain('{job=~"$job", instance=~"$instance"');
    }
  });

  test("has no panel that covers another one", () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of dashboard.panels) {
      const { x, y, w, h } = gridPos;
      expect(x + w, title).toBeLessThanOrEqual(WIDTH);
      for (let column = x; column < x + w; column += 1) {
        for (let line = y; line < y + h; line += 1) {
          expect(taken.get(`${column} ${line}`), title).toBeUndefined();
          taken.set(`${column} ${line}`, title);
        }
      }
    }
  });
});

describe("a metric that is named", () => {
  const status = statusOf(new Counters(), {
    ...{ program: { version: "1", node: "24" }, uptime: 0, started: new Date(0), inProgress: 0, waiting: 0 },
    ...{ documents: 0, breaker: { state: "closed", seconds: 0 } },
    signer: { name: "x", age: 1, until: new Date(0).toISOString() },
  });
  const at = new Date(0);
  const host = hostMetrics({
    ...{ version: "1", node: "24", findings: [], inForce: true, trial: false, lastKey: at, lastFault: at, at },
  });
  const families = new Set(
    [...(prometheusOf(status, at) + host).matchAll(/^# TYPE (\w+)/gm)].map(([, name = ""]) => name),
  );
  const text = [
    rules.replace(/^ *#.*$/gm, ""),
    ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ];
  const names = new Set(text.flatMap((one) => one.match(/\beic_agent_\w+/g) ?? []));

  test.each([...names].sort().map((name) => ({ name })))("exists: $name", ({ name }) => {
    expect(families).toContain(name.replace(/_(bucket|count|sum)$/, ""));
  });

  test("has one family only, in one of the two files: node_exporter refuses a series that both have", () => {
    const all = [...(prometheusOf(status, at) + host).matchAll(/^# TYPE (\w+)/gm)].map(([, name = ""]) => name);
    expect(all.length).toBe(families.size);
  });
});
