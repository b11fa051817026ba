/**
 * Formats the status in Prometheus' text format, version 0.0.4, for node_exporter's textfile collector. Every series exists
 * from the first scrape on, with 0: rate() and increase() of a series that first appears at 14 are empty. Pure.
 */

import { COMPARISONS } from "../../trial/comparison.ts";
import { FAULTS, type FaultCode } from "../../verify/errors.ts";
import { HINTS } from "../../verify/hints.ts";
import type { RefusalReason } from "../../verify/verdict.ts";
import { NOTED_ENDINGS } from "../server/note.ts";
import type { CallResult, Counters, RequestKind, Source } from "./counters.ts";
import { metric, type Sample, unixTime } from "./exposition.ts";
import type { Counts, Status } from "./status.ts";

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
  disconnected: 0,
  exhausted: 0,
  bug: 0,
};
const SOURCES: Readonly<Record<Source, 0>> = { cache: 0, "in-flight": 0, metadata: 0 };
const ASKINGS: Readonly<Record<RequestKind, 0>> = { token: 0, keys: 0, signer: 0 };
const RECORDS: Readonly<Record<KeyOf<Counters["records"]>, 0>> = { written: 0, counted: 0, lost: 0 };
const INVALIDATIONS: Readonly<Record<KeyOf<Counters["invalidations"]>, 0>> = { settings: 0, clock: 0 };
const ONE_SHOTS = zeros(NOTED_ENDINGS);
const TRIAL = zeros(COMPARISONS);
const FAULT_CODES = zeros(Object.keys(FAULTS) as FaultCode[]);
/** Reasons that have a series. `another-key` is never counted, because it is not a flaw of a key. */
const REASONS = zeros((Object.keys(HINTS) as RefusalReason[]).filter((reason) => reason !== "another-key"));

type KeyOf<T> = T extends Map<infer K extends string, number> ? K : never;

function zeros(names: readonly string[]): Counts {
  return Object.fromEntries(names.map((name) => [name, 0]));
}

/**
 * Formats the answer of a service.
 * @param at the time of the request
 */
export function prometheusOf(status: Status, at: Date): string {
  const { program, calls, milliseconds, signer, memory, uptime } = status;
  const seconds = (ms: number) => ms / 1000;
  const buckets = milliseconds.buckets.map(({ ms, count }): Sample => [{ le: String(seconds(ms)) }, count, "_bucket"]);
  return [
    reachedAt(true, at),
    metric("info", "gauge", "Versions of the running program.", [[{ ...program }, 1]]),
    metric("uptime_seconds", "gauge", "Time since the service started.", [[{}, uptime]]),
    metric("start_time_seconds", "gauge", "Time at which the service and its counters started.", [
      [{}, Date.parse(status.started) / 1000],
    ]),
    metric("calls_total", "counter", "Complete requests.", [[{}, calls.total]]),
    metric("rejected_total", "counter", "Connections closed without an answer: malformed or too slow.", [
      [{}, calls.rejected],
    ]),
    metric("calls_in_progress", "gauge", "Calls being processed.", [[{}, calls.inProgress]]),
    metric("calls_waiting", "gauge", "Calls waiting in the admission queue.", [[{}, calls.waiting]]),
    metric("answers_total", "counter", "How calls ended.", by("kind", { ...ENDINGS, ...status.answers })),
    metric(
      "one_shots_total",
      "counter",
      "Calls that one-shot programs answered, because the service did not.",
      by("kind", { ...ONE_SHOTS, ...status.oneShots }),
    ),
    metric(
      "trial_total",
      "counter",
      "Calls of a trial, by how the answers of the command in force and of eic-agent compare.",
      by("result", { ...TRIAL, ...status.trial }),
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
    metric("call_duration_seconds", "histogram", "Time from the connection to the answer.", [
      ...buckets,
      [{ le: "+Inf" }, milliseconds.count, "_bucket"],
      [{}, seconds(milliseconds.sum), "_sum"],
      [{}, milliseconds.count, "_count"],
    ]),
    metric(
      "documents_total",
      "counter",
      "Key documents, by source.",
      by("source", { ...SOURCES, ...status.documents }),
    ),
    metric("signers_total", "counter", "Signers, by source.", by("source", { ...SOURCES, ...status.signers })),
    metric(
      "metadata_requests_total",
      "counter",
      "Requests to the metadata service.",
      by("kind", { ...ASKINGS, ...status.metadataRequests }),
    ),
    metric("records_total", "counter", "Records for the log.", by("state", { ...RECORDS, ...status.records })),
    metric(
      "invalidations_total",
      "counter",
      "Times that the caches were cleared, by reason.",
      by("reason", { ...INVALIDATIONS, ...status.invalidations }),
    ),
    metric(
      "metadata_breaker_open",
      "gauge",
      "1 while the circuit breaker is not closed: each call makes one short request.",
      [[{}, status.metadataBreaker.state === "closed" ? 0 : 1]],
    ),
    metric("metadata_breaker_opened_total", "counter", "Times that the circuit breaker opened.", [
      [{}, status.metadataBreaker.opened],
    ]),
    ...(signer === null
      ? []
      : [
          metric("signer_age_seconds", "gauge", "Time since the signer was requested.", [[{}, signer.age]]),
          metric("signer_proof_end_timestamp_seconds", "gauge", "Time until which the cached signer may be used.", [
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

/** Formats the state of a service that gave no answer: its counters are not known, so they are not there. */
export const prometheusWithoutAnswer = (at: Date): string => reachedAt(false, at);

/** The file stays on disk while the service is idle, so the time says how old its values are. */
const reachedAt = (isUp: boolean, at: Date): string =>
  metric("up", "gauge", "Whether the service answered: 1, or 0.", [[{}, isUp ? 1 : 0]]) +
  metric("status_timestamp_seconds", "gauge", "Time at which the service was asked for these values.", [
    [{}, unixTime(at)],
  ]);
