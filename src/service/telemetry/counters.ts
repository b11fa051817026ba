/** Counters of the service since it started. Every list of names is closed, so a client cannot make it grow. */
import type { Answer } from "../../authorize.ts";
import { PATHS } from "../../metadata/paths.ts";
import type { Comparison } from "../../trial/comparison.ts";
import { Fault, type FaultCode } from "../../verify/errors.ts";
import type { RefusalReason } from "../../verify/verdict.ts";
import type { NotedEnding } from "../server/note.ts";
import { Histogram } from "./histogram.ts";

/**
 * How calls ended: `keys`; `refused` (keys were judged, none is printed); the reason for an answer without keys; `fault`;
 * `busy`; `disconnected` (the client did not wait); `exhausted` (no descriptor or memory was left: not answered); `bug`.
 */
export type CallResult =
  | "keys"
  | "refused"
  | Extract<Answer, { kind: "no-keys" }>["why"]
  | "fault"
  | "busy"
  | "disconnected"
  | "exhausted"
  | "bug";

/** Source of a value: `cache`; `in-flight`, a fetch that was under way; `metadata`, a fetch that began for the call. */
export type Source = "cache" | "in-flight" | "metadata";

/** Kind of a request to the metadata service. */
export type RequestKind = "token" | "keys" | "signer";

export class Counters {
  /** Requests that were received completely. */
  calls = 0;
  /** Connections that were closed without an answer: an invalid request, or too slow. */
  rejected = 0;
  readonly endings = new Map<CallResult, number>();
  /** Calls that one-shot programs answered instead, according to their notes; not in any other count. */
  readonly oneShots = new Map<NotedEnding, number>();
  /** Reports of a trial, by how the two answers compare; not in any other count. */
  readonly trial = new Map<Comparison, number>();
  readonly refusals = new Map<RefusalReason, number>();
  readonly faults = new Map<FaultCode, number>();
  /** The last Fault, for commands that report the reason: `explain`, doctor. */
  lastFault: { readonly code: FaultCode; readonly message: string } | undefined;
  readonly documents = new Map<Source, number>();
  readonly signers = new Map<Source, number>();
  readonly requests = new Map<RequestKind, number>();
  /** Records: `written`; `counted`, which are logged later with their number; `lost`. */
  readonly records = new Map<"written" | "counted" | "lost", number>();
  /** Number of times that all cached data was discarded, and why. */
  readonly invalidations = new Map<"settings" | "clock", number>();
  /** Number of times that the breaker opened, and that the metadata service answered again. */
  readonly breaker = new Map<"open" | "closed", number>();
  /** Time from the connection to the answer, of calls that were answered. */
  readonly latency = new Histogram();

  answered(answer: Answer): void {
    if (answer.kind === "no-keys") {
      add(this.endings, answer.why);
      return;
    }
    add(this.endings, answer.lines.length > 0 ? "keys" : "refused");
    for (const verdict of answer.verdicts) {
      if (verdict.kind === "refused" && verdict.refusal.reason !== "another-key") {
        add(this.refusals, verdict.refusal.reason);
      }
    }
  }

  failed(error: unknown): void {
    if (error instanceof Fault) {
      add(this.faults, error.code);
      this.lastFault = { code: error.code, message: error.message };
    }
    add(this.endings, error instanceof Fault ? "fault" : "bug");
  }

  asked(path: string): void {
    const of = path === PATHS.token ? "token" : path.startsWith(KEYS) ? "keys" : "signer";
    add(this.requests, of);
  }
}

const KEYS = PATHS.keys("").slice(0, -1);

export function add<K>(counts: Map<K, number>, name: K, count = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}
