/**
 * Formats the status in Prometheus' text format, version 0.0.4, for node_exporter's textfile collector. Every series exists
 * from the first scrape on, with 0: rate() and increase() of a series that first appears at 14 are empty. Pure.
 */
import { FAULTS, type FaultCode } from "../../verify/errors.ts";
import { HINTS } from "../../verify/hints.ts";
import type { RefusalReason } from "../../verify/verdict.ts";
import { NOTED_ENDINGS } from "../server/note.ts";
import type { CallResult, Counters, RequestKind, Source } from "./counters.ts";
import type { Counts, Status } from "./status.ts";

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number, suffix?: string];

/** Every name that a counter may have; a missing name is a compile error. */
const ENDINGS: Readonly<Record<CallResult, 0>> = {
  keys: 0,
  refused: 0,
  "no-keys": 0,
  "not-offered": 0,
  "no-user": 0,
  "not-ec2": 0,
  "metadata-off": 0,
  fault: 0,
  busy: 0,
  gone: 0,
  unable: 0,
  bug: 0,
};
const SOURCES: Readonly<Record<Source, 0>> = { memory: 0, flight: 0, metadata: 0 };
const ASKINGS: Readonly<Record<RequestKind, 0>> = { token: 0, keys: 0, signer: 0 };
const RECORDS: Readonly<Record<KeyOf<Counters["records"]>, 0>> = { written: 0, counted: 0, lost: 0 };
const FORGOTTEN: Readonly<Record<KeyOf<Counters["forgotten"]>, 0>> = { settings: 0, clock: 0 };
const ONE_SHOTS = zeros(NOTED_ENDINGS);
const FAULT_CODES = zeros(Object.keys(FAULTS) as FaultCode[]);
/** Reasons that have a series. `another-key` is never counted, because it is not a flaw of a key. */
const REASONS = zeros((Object.keys(HINTS) as RefusalReason[]).filter((reason) => reason !== "another-key"));

type KeyOf<T> = T extends Map<infer K extends string, number> ? K : never;

function zeros(names: readonly string[]): Counts {
  return Object.fromEntries(names.map((name) => [name, 0]));
}

export function prometheusOf(status: Status): string {
  const { program, calls, milliseconds, signer, memory, uptime } = status;
  const seconds = (ms: number) => ms / 1000;
  const buckets = milliseconds.buckets.map(({ ms, count }): Sample => [{ le: String(seconds(ms)) }, count, "_bucket"]);
  return [
    metric("info", "gauge", "What runs.", [[{ ...program }, 1]]),
    metric("uptime_seconds", "gauge", "Since the service started.", [[{}, uptime]]),
    metric("start_time_seconds", "gauge", "When the service started, and its counters with it.", [
      [{}, Date.parse(status.started) / 1000],
    ]),
    metric("calls_total", "counter", "Requests that came whole.", [[{}, calls.total]]),
    metric("unheard_total", "counter", "Connections closed without an answer: nonsense, or too slow.", [
      [{}, calls.unheard],
    ]),
    metric("calls_in_work", "gauge", "Calls in work now.", [[{}, calls.inWork]]),
    metric("calls_waiting", "gauge", "Calls that wait for a place now.", [[{}, calls.waiting]]),
    metric("answers_total", "counter", "How calls ended.", by("kind", { ...ENDINGS, ...status.answers })),
    metric(
      "one_shots_total",
      "counter",
      "Calls that one-shot programs answered, because the service did not.",
      by("kind", { ...ONE_SHOTS, ...status.oneShots }),
    ),
    metric(
      "refusals_total",
      "counter",
      "Pushed keys that were refused, by reason.",
      by("reason", { ...REASONS, ...status.refusals }),
    ),
    metric(
      "faults_total",
      "counter",
      "Calls that could not be answered, by code.",
      by("code", { ...FAULT_CODES, ...status.faults }),
    ),
    metric("call_duration_seconds", "histogram", "From the connection to the answer.", [
      ...buckets,
      [{ le: "+Inf" }, milliseconds.count, "_bucket"],
      [{}, seconds(milliseconds.sum), "_sum"],
      [{}, milliseconds.count, "_count"],
    ]),
    metric(
      "documents_total",
      "counter",
      "Key documents, by where they came from.",
      by("from", { ...SOURCES, ...status.documents }),
    ),
    metric(
      "signers_total",
      "counter",
      "Signers, by where they came from.",
      by("from", { ...SOURCES, ...status.signers }),
    ),
    metric(
      "metadata_requests_total",
      "counter",
      "Requests to the metadata service.",
      by("of", { ...ASKINGS, ...status.metadataRequests }),
    ),
    metric("records_total", "counter", "Records for the log.", by("state", { ...RECORDS, ...status.records })),
    metric(
      "forgotten_total",
      "counter",
      "Times that all remembered was forgotten.",
      by("why", { ...FORGOTTEN, ...status.forgotten }),
    ),
    metric(
      "metadata_breaker_open",
      "gauge",
      "1 while the metadata service is held for dead: each call asks once, shortly.",
      [[{}, status.metadataBreaker.state === "closed" ? 0 : 1]],
    ),
    metric("metadata_breaker_opened_total", "counter", "Times that it was.", [[{}, status.metadataBreaker.opened]]),
    ...(signer === null
      ? []
      : [
          metric("signer_age_seconds", "gauge", "Since the signer was asked for.", [[{}, signer.age]]),
          metric("signer_proof_end_timestamp_seconds", "gauge", "When the signer's proof ends.", [
            [{}, Date.parse(signer.until) / 1000],
          ]),
        ]),
    metric("memory_bytes", "gauge", "Memory of the process.", [
      [{ kind: "rss" }, memory.rss],
      [{ kind: "heap_used" }, memory.heapUsed],
    ]),
  ].join("");
}

const by = (label: string, counts: Counts): Sample[] =>
  Object.entries(counts).map(([name, count]) => [{ [label]: name }, count]);

function metric(
  name: string,
  type: "counter" | "gauge" | "histogram",
  help: string,
  samples: readonly Sample[],
): string {
  const full = `eic_agent_${name}`;
  const head = `# HELP ${full} ${help.replace(/[\\\n]/g, escaped)}\n# TYPE ${full} ${type}\n`;
  return (
    head + samples.map(([labels, value, suffix = ""]) => `${full}${suffix}${labelsOf(labels)} ${value}\n`).join("")
  );
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  const words = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\\n"]/g, escaped)}"`);
  return words.length === 0 ? "" : `{${words.join(",")}}`;
}

/** Escapes as the format requires: a backslash before each of these characters, and `n` for a newline. */
const escaped = (character: string): string => (character === "\n" ? "\\n" : `\\${character}`);
