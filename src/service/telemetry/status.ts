/** Status that the service reports on request: one JSON object. docs/service.md lists its names, which do not change. */
import type { BreakerState } from "../admission/circuit-breaker.ts";
import type { Counters } from "./counters.ts";

export interface Status {
  readonly format: "eic-agent status";
  readonly version: 1;
  readonly program: { readonly version: string; readonly node: string };
  readonly pid: number;
  /** Seconds. */
  readonly uptime: number;
  /** Start of the service, RFC 3339: the same in every answer of one process. */
  readonly started: string;
  readonly calls: {
    readonly total: number;
    readonly inProgress: number;
    readonly waiting: number;
    readonly rejected: number;
  };
  readonly answers: Counts;
  /** Results of the calls that one-shot programs answered because the service did not, according to their notes. */
  readonly oneShots: Counts;
  /** Results of the comparisons during a trial (docs/trial.md). */
  readonly trial: Counts;
  readonly refusals: Counts;
  readonly faults: Counts;
  /** The last Fault since the service started; null before the first. */
  readonly lastFault: { readonly code: string; readonly message: string } | null;
  readonly milliseconds: {
    readonly count: number;
    readonly sum: number;
    readonly p50: number;
    readonly p99: number;
    /** Number of calls that took at most `ms`. */
    readonly buckets: readonly { readonly ms: number; readonly count: number }[];
  };
  /** Sources of documents and signers. */
  readonly documents: Counts;
  readonly signers: Counts;
  readonly metadataRequests: Counts;
  /** State of the circuit breaker (admission/circuit-breaker.ts), seconds since it opened, and how often it opened. */
  readonly metadataBreaker: { readonly state: BreakerState; readonly seconds: number; readonly opened: number };
  readonly records: Counts;
  readonly invalidations: Counts;
  /** The signer that is trusted without a fetch; null without such a signer. */
  readonly signer: {
    readonly name: string;
    /** Seconds since it was requested. */
    readonly age: number;
    /** End of its proof, RFC 3339. */
    readonly until: string;
  } | null;
  readonly cached: { readonly documents: number };
  /** Bytes. */
  readonly memory: { readonly rss: number; readonly heapUsed: number };
}

export type Counts = Readonly<Record<string, number>>;

export interface Snapshot {
  readonly program: Status["program"];
  readonly uptime: number;
  readonly started: Date;
  readonly inProgress: number;
  readonly waiting: number;
  readonly signer: Status["signer"];
  readonly documents: number;
  readonly breaker: { readonly state: BreakerState; readonly seconds: number };
}

export function statusOf(counters: Counters, moment: Snapshot): Status {
  const { latency } = counters;
  const { rss, heapUsed } = process.memoryUsage();
  return {
    format: "eic-agent status",
    version: 1,
    program: moment.program,
    pid: process.pid,
    uptime: rounded(moment.uptime),
    started: moment.started.toISOString(),
    calls: {
      total: counters.calls,
      inProgress: moment.inProgress,
      waiting: moment.waiting,
      rejected: counters.rejected,
    },
    answers: counts(counters.endings),
    oneShots: counts(counters.oneShots),
    trial: counts(counters.trial),
    refusals: counts(counters.refusals),
    faults: counts(counters.faults),
    lastFault: counters.lastFault ?? null,
    milliseconds: {
      count: latency.count,
      sum: rounded(latency.sum),
      p50: rounded(latency.quantile(0.5)),
      p99: rounded(latency.quantile(0.99)),
      buckets: latency.cumulative(),
    },
    documents: counts(counters.documents),
    signers: counts(counters.signers),
    metadataRequests: counts(counters.requests),
    metadataBreaker: { ...moment.breaker, opened: counters.breaker.get("open") ?? 0 },
    records: counts(counters.records),
    invalidations: counts(counters.invalidations),
    signer: moment.signer,
    cached: { documents: moment.documents },
    memory: { rss, heapUsed },
  };
}

const counts = (map: ReadonlyMap<string, number>): Counts => Object.fromEntries([...map].toSorted());

const rounded = (value: number): number => Math.round(value * 100) / 100;
