/**
 * The metrics of a healthy host, as the service and the doctor give them there, and what Prometheus' own programs make of
 * them: names and units, an hour without an alert, and every query of the dashboard.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { programPath } from "../../../tools/system.ts";
import { type Host, openHost } from "../../doctor/healthy-host.ts";
import { SERVICE_SOCKET } from "../../doctor/warm-service.ts";
import { fingerprint, KEY } from "../../support/keys.ts";
import { PROGRAMS } from "../../support/namespace.ts";
import { describeWith } from "../../support/needs.ts";
import { askAt } from "../../support/service.ts";
import { alertsIn, type Prometheus, startPrometheus } from "./prometheus-server.ts";

const RULES = "packaging/examples/prometheus/eic-agent.rules.yml";
const DASHBOARD = "packaging/examples/grafana/eic-agent.json";

/** Without its comment. */
const KEY_ITSELF = KEY.split(" ").slice(0, 2).join(" ");

interface Panel {
  readonly title: string;
  readonly description?: string;
  readonly targets?: readonly { readonly expr: string }[];
}

/** Panels that have nothing to show on a healthy host; their descriptions say so. */
const MAY_BE_EMPTY = ["What fails", "Faults", "Refused keys"];

/** As Grafana replaces its variables: https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/ */
const asGrafana = (expr: string): string =>
  expr.replace(/\$(job|instance)/g, ".*").replaceAll("$__rate_interval", "1m");

describeWith("sshd", "the metrics of a healthy host", () => {
  describeWith("alarms", "for Prometheus", () => {
    let host: Host;
    let folder: string;
    /** Of the service before a call, after a login, and after a login from the cache; and of the host. */
    let counters: string[];
    let facts: string;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "eic-scraped-"));
      host = await openHost();
      const metrics = async (command: string) =>
        (await host.namespace.mustRun([`${PROGRAMS}/eic-agent.cjs`, command, "--prometheus"])).stdout;
      const login = async () => {
        await host.simulator.tell("push", { user: "alice", publicKey: KEY });
        const socket = host.namespace.outside(SERVICE_SOCKET);
        for (const call of ["offer", "signature"]) {
          const answer = await askAt(socket, "alice", fingerprint(KEY));
          expect(answer, call).toMatchObject({ status: 0, lines: expect.stringContaining(KEY_ITSELF) });
        }
      };
      counters = [await metrics("status")];
      for (const _ of ["first", "second"]) {
        await login();
        counters.push(await metrics("status"));
      }
      facts = await metrics("doctor");
    });
    afterAll(async () => {
      await host?.close();
      rmSync(folder, { recursive: true, force: true });
    });
    const promtool = (words: string[], input = "") => {
      const { status, stdout, stderr } = spawnSync(programPath("promtool") ?? "promtool", words, {
        ...{ cwd: folder, encoding: "utf8", input },
      });
      return { status, said: stdout + stderr };
    };

    test("are a login's, and a healthy host's", () => {
      expect(counters.at(-1)).toMatch(/^eic_agent_answers_total\{kind="keys"\} 4$/m);
      expect(facts).toMatch(/^eic_agent_doctor_check_failed\{check="signer"\} 0$/m);
      // From the log that this host has.
      expect(facts).toContain(`eic_agent_last_key_timestamp_seconds ${Date.parse("2026-01-02T03:04:05Z") / 1000}\n`);
    });

    test("have names and units as promtool wants them", () => {
      expect(promtool(["check", "metrics"], counters.at(-1))).toEqual({ status: 0, said: "" });
      expect(promtool(["check", "metrics"], facts)).toEqual({ status: 0, said: "" });
      // It does find what is wrong.
      const wrong = "# TYPE eic_agent_calls counter\neic_agent_calls 1\n";
      expect(promtool(["check", "metrics"], wrong).said).toContain('should have "_total" suffix');
    });

    /** @param change alters the value of a series in the last quarter of the hour */
    const hour = (change: (series: string, value: number) => number) => {
      const quarters = [...counters, counters.at(-1) ?? ""].map(samplesOf);
      const begin = quarters[0]?.get("eic_agent_status_timestamp_seconds") ?? Number.NaN;
      const all = [...new Set([...quarters.flatMap((quarter) => [...quarter.keys()]), ...samplesOf(facts).keys()])];
      const input_series = all.map((series) => {
        const values = quarters.flatMap((quarter, at) => {
          const value = quarter.get(series) ?? samplesOf(facts).get(series);
          return Array.from({ length: 15 }, (_, minute) => {
            if (value === undefined) return "_";
            // promtool's clock begins at 0. The timer asks the service each minute.
            if (series === "eic_agent_status_timestamp_seconds") return String((15 * at + minute) * 60);
            const moved = series.includes("_time") && series.endsWith("seconds") ? value - begin : value;
            return String(at === 3 ? change(series, moved) : moved);
          });
        });
        return { series: labelled(series), values: values.join(" ") };
      });
      const alert_rule_test = alertsIn(resolve(RULES)).flatMap((alertname) =>
        [5, 14, 16, 25, 35, 44, 46, 51, 55, 59].map((minute) => ({
          ...{ eval_time: `${minute}m`, alertname, exp_alerts: [] },
        })),
      );
      const tests = [{ interval: "1m", input_series, alert_rule_test }];
      writeFileSync(join(folder, "hour.yml"), JSON.stringify({ rule_files: [resolve(RULES)], tests }));
      return promtool(["test", "rules", "hour.yml"]);
    };

    test("raise no alert in an hour", () => {
      expect(hour((_, value) => value)).toMatchObject({ status: 0 });
    });

    test.each([
      ["EicAgentFault", 'eic_agent_faults_total{code="METADATA_STATUS"}', 14],
      ["EicAgentNotInForce", "eic_agent_sshd_in_force", 0],
      ["EicAgentDoctorFailed", 'eic_agent_doctor_check_failed{check="clock"}', 1],
      ["EicAgentNoAnswer", "eic_agent_up", 0],
    ])("raise %s in the same hour if %s becomes %d", (alert, name, bad) => {
      const { status, said } = hour((series, value) => (series === name ? bad : value));
      expect(status).toBe(1);
      expect(new Set([...said.matchAll(/alertname: ?(\w+),/g)].map(([, found]) => found))).toEqual(new Set([alert]));
    });

    describeWith("alarms", "in a Prometheus that scrapes them,", () => {
      let prometheus: Prometheus;
      beforeAll(async () => {
        prometheus = await startPrometheus([counters.at(-1) ?? "", facts], resolve(RULES));
      });
      afterAll(() => prometheus?.close());

      test("are there with all their series, and no rule is pending or fires", async () => {
        const series = samplesOf((counters.at(-1) ?? "") + facts).size;
        const [found] = await prometheus.query('count({__name__=~"eic_agent_.+"})');
        expect(Number(found?.value[1])).toBe(series);
        // The login log of this host is old, and all else is well.
        expect(await prometheus.alerts()).toEqual([]);
      });

      test("answer every query of the dashboard", async () => {
        const { panels } = JSON.parse(readFileSync(resolve(DASHBOARD), "utf8")) as { panels: Panel[] };
        const empty: string[] = [];
        for (const { title, targets = [] } of panels) {
          for (const { expr } of targets) {
            if ((await prometheus.query(asGrafana(expr))).length === 0) empty.push(title);
          }
        }
        expect(empty.filter((title) => !MAY_BE_EMPTY.includes(title))).toEqual([]);
        for (const title of MAY_BE_EMPTY)
          expect(panels.find((panel) => panel.title === title)?.description).toContain("Empty if");
      });
    });
  });
});

/** Returns the value of each series in a text of Prometheus' format. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

/** Adds the labels of a scrape. */
const labelled = (series: string): string => {
  const [name = "", labels = ""] = series.replace(/\}$/, "").split("{");
  return `${name}{instance="h", job="node"${labels === "" ? "" : `, ${labels}`}}`;
};
