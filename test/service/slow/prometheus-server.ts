/** A real Prometheus that scrapes files of a host, served over HTTP as node_exporter serves them; both on loopback. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { programPath } from "../../../tools/system.ts";

/** An element of a vector, as the HTTP API returns it. */
export interface Element {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

export interface Prometheus {
  /** Evaluates an expression now. @throws Error with Prometheus' message if it is not valid */
  query(expr: string): Promise<Element[]>;
  /** Names of the alerts that are pending or firing. */
  alerts(): Promise<string[]>;
  close(): Promise<void>;
}

/**
 * Starts both, and waits for the second scrape: rate() needs two samples.
 * @param files texts in Prometheus' format
 * @param rules path of the alerting rules
 */
export async function startPrometheus(files: readonly string[], rules: string): Promise<Prometheus> {
  let scrapes = 0;
  const third = Promise.withResolvers<void>();
  const server = createServer((_, response) => {
    scrapes += 1;
    // The answer to the third request follows the storage of the second.
    if (scrapes === 3) third.resolve();
    response.setHeader("Content-Type", "text/plain; version=0.0.4").end(files.join(""));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const folder = mkdtempSync(join(tmpdir(), "eic-prometheus-"));
  const config = {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: [resolve(rules)],
    scrape_configs: [
      {
        job_name: "node",
        static_configs: [{ targets: [`127.0.0.1:${(server.address() as AddressInfo).port}`], labels: {} }],
      },
    ],
  };
  writeFileSync(join(folder, "prometheus.yml"), JSON.stringify(config));
  const child = spawn(
    programPath("prometheus") ?? "prometheus",
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      // The kernel chooses the port; the log has it.
      "--web.listen-address=127.0.0.1:0",
      "--log.format=json",
    ],
    { stdio: ["ignore", "ignore", "pipe"], env: { HOME: folder } },
  );
  const close = async () => {
    const ended = child.exitCode === null ? once(child, "exit") : undefined;
    child.kill("SIGKILL");
    await ended;
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const base = `http://${await addressOf(child)}`;
    await third.promise;
    return { ...api(base), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Reads the address from the log, where a port 0 is the one that was asked for. @throws Error if Prometheus ends */
function addressOf(child: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const said: string[] = [];
  if (child.stderr === null) throw new Error("its log is not read");
  // To its end: a full pipe would stop it.
  createInterface(child.stderr)
    .on("line", (line) => {
      said.push(line);
      const [, address] = /"address":"(127\.0\.0\.1:[1-9]\d*)"/.exec(line) ?? [];
      if (address !== undefined) resolve(address);
    })
    .once("close", () => reject(new Error(`Prometheus ended: ${said.slice(-3).join("\n")}`)));
  return promise;
}

function api(base: string): Omit<Prometheus, "close"> {
  const ask = async <T>(path: string, words: Record<string, string> = {}): Promise<T> => {
    const answer = await fetch(`${base}/api/v1/${path}?${new URLSearchParams(words)}`);
    const { status, error, data } = (await answer.json()) as { status: string; error?: string; data: T };
    if (status !== "success") throw new Error(`${words.query}: ${error}`);
    return data;
  };
  return {
    query: async (query) => (await ask<{ result: Element[] }>("query", { query })).result,
    alerts: async () =>
      (await ask<{ alerts: { labels: { alertname: string } }[] }>("alerts")).alerts.map(
        ({ labels }) => labels.alertname,
      ),
  };
}

/** Returns the alerts of a file of rules, in order. */
export const alertsIn = (path: string): string[] =>
  [...readFileSync(path, "utf8").matchAll(/^ +- alert: (\w+)$/gm)].map(([, name = ""]) => name);
