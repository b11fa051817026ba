/** The steps of a call with their times, derived from its records. Pure. */
import { PATHS } from "../metadata/paths.ts";
import type { Recorded } from "./recording.ts";

/** In the order of a call. */
const STEPS = ["token", "keys", "values", "certificates", "staple-list", "staples"] as const;
export type StepName = (typeof STEPS)[number];

export interface RequestReport {
  readonly method: string;
  readonly path: string;
  readonly origin: string;
  /** Null if no reply came. */
  readonly status: number | null;
  /** Why no reply came. */
  readonly failed: string | null;
  /** Bytes of body; null for a token. */
  readonly bytes: number | null;
  /** Milliseconds from the first request of the call. */
  readonly startedAt: number;
  readonly milliseconds: number;
}

export interface StepReport {
  readonly step: StepName;
  /** From the step's first request to its last reply: requests run in parallel, within a step and across steps. */
  readonly milliseconds: number;
  readonly requests: readonly RequestReport[];
}

export function steps(records: readonly Recorded[]): StepReport[] {
  const start = Math.min(...records.map(({ at }) => at.getTime()));
  const requests = records
    .map((record) => ({ step: stepOf(record.path), request: requestReport(record, start) }))
    .toSorted((a, b) => byPath(a.request, b.request) || a.request.startedAt - b.request.startedAt);
  return STEPS.flatMap((step) => {
    const own = requests.filter((one) => one.step === step).map(({ request }) => request);
    if (own.length === 0) return [];
    const from = Math.min(...own.map(({ startedAt }) => startedAt));
    const until = Math.max(...own.map(({ startedAt, milliseconds }) => startedAt + milliseconds));
    return [{ step, milliseconds: Math.round((until - from) * 10) / 10, requests: own }];
  });
}

/** Orders requests by path, because parallel requests end in any order; attempts at the same path are kept in order. */
const byPath = (a: RequestReport, b: RequestReport): number => (a.path === b.path ? 0 : a.path < b.path ? -1 : 1);

function requestReport(record: Recorded, start: number): RequestReport {
  const { method, path, origin, milliseconds } = record;
  const replied = record.kind === "failed" ? undefined : record;
  return {
    method,
    path,
    origin,
    milliseconds,
    startedAt: record.at.getTime() - start,
    status: replied?.status ?? null,
    failed: record.kind === "failed" ? record.failed.message : null,
    bytes: replied !== undefined && Buffer.isBuffer(replied.body) ? replied.body.length : null,
  };
}

function stepOf(path: string): StepName {
  if (path === PATHS.token) return "token";
  if (path === PATHS.signer) return "certificates";
  if (path === PATHS.stapleNames) return "staple-list";
  if (path.startsWith(PATHS.stapleNames)) return "staples";
  return [PATHS.instanceId, PATHS.region, PATHS.domain].some((value) => value === path) ? "values" : "keys";
}
