/** Handles one call, from the request to the answer: settings, deadline, judgement and record as in the one-shot program. */
import { authorizedKeysText } from "../../authorize.ts";
import { Deadline } from "../../deadline.ts";
import { AuditRecorder } from "../../recorder.ts";
import { DEADLINE_MS } from "../../settings.ts";
import { Fault } from "../../verify/errors.ts";
import type { Request } from "../../verify/evidence.ts";
import type { AdmissionQueue } from "../admission/admission-queue.ts";
import { authorizeWithRecheck } from "../cache/cached-dependencies.ts";
import type { Caches } from "../cache/caches.ts";
import type { Configuration } from "../cache/configuration.ts";
import type { Clock } from "../clock.ts";
import type { Records } from "../telemetry/audit-log.ts";
import { add, type Counters } from "../telemetry/counters.ts";
import type { OutcomeName } from "./protocol.ts";
import { resourceErrorIn } from "./resource-errors.ts";

/** The client has disconnected: nothing further is done for it. */
export class ClientDisconnected extends Error {
  override readonly name = "Gone";
}

/** This process has no resources left, but another may have: the client must run the one-shot program. */
export class ResourcesExhausted extends Error {
  override readonly name = "Unable";
}

export interface CallServices {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly queue: AdmissionQueue;
  readonly configuration: Configuration<Caches>;
  readonly records: Records;
  /** Whether the settings were named with --config. */
  readonly named: boolean;
}

export interface CallResult {
  readonly outcome: OutcomeName;
  readonly lines: string;
}

/**
 * Handles one call.
 * @param since arrival of the call, by the monotonic clock; its deadline counts from there
 * @param gone aborted when the client has disconnected
 * @throws ClientDisconnected or ResourcesExhausted: then no answer is sent
 */
export async function handleCall(
  request: Request,
  since: number,
  gone: AbortSignal,
  desk: CallServices,
): Promise<CallResult> {
  const deadline = new Deadline(DEADLINE_MS.most, since);
  const end = new AbortController();
  const late = () => end.abort(new Fault("METADATA_TIMEOUT", "the deadline of the whole call has passed"));
  const left = () => end.abort(new ClientDisconnected());
  deadline.signal.addEventListener("abort", late, { once: true });
  gone.addEventListener("abort", left, { once: true });
  if (gone.aborted) left();
  try {
    const fastPath = desk.configuration.last?.remembered.canAnswer(request) ?? false;
    const admission = await desk.queue.acquire(request.user, fastPath, end.signal).catch(asBusy);
    if (admission === "busy") {
      add(desk.counters.endings, "busy");
      return { outcome: "busy", lines: "" };
    }
    try {
      return await process(request, deadline, end.signal, desk);
    } finally {
      admission();
    }
  } catch (error) {
    if (error instanceof ClientDisconnected) add(desk.counters.endings, "gone");
    throw error;
  } finally {
    deadline.end();
    gone.removeEventListener("abort", left);
  }
}

/** A deadline that passes in the queue is not reported as a Fault: the service is busy. */
function asBusy(error: unknown): "busy" {
  if (error instanceof Fault) return "busy";
  throw error;
}

async function process(
  request: Request,
  deadline: Deadline,
  signal: AbortSignal,
  desk: CallServices,
): Promise<CallResult> {
  const { configuration, counters, records, named, clock } = desk;
  const recorder = new AuditRecorder(request, async () => records.lost(), records.record);
  try {
    const configured = await configuration.current();
    const { settings } = configured;
    recorder.configure(settings.audit);
    deadline.lower(settings.deadlineMs - recorder.reservedMs);
    const answer = await authorizeWithRecheck({
      ...{ request, configured, named, clock, signal },
      tell: (what, from) => add(what === "document" ? counters.documents : counters.signers, from),
    });
    await recorder.answer(answer, deadline);
    signal.throwIfAborted();
    counters.answered(answer);
    return { outcome: "answered", lines: authorizedKeysText(answer) };
  } catch (error) {
    if (error instanceof ClientDisconnected) throw error;
    const lack = resourceErrorIn(error);
    if (lack !== undefined) {
      add(counters.endings, "unable");
      await records.crash(lack);
      throw new ResourcesExhausted(lack);
    }
    counters.failed(error);
    await recorder.failure(error);
    if (!(error instanceof Fault)) await records.crash(errorSummary(error));
    return { outcome: "fault", lines: "" };
  }
}

/** Maximum characters of a summary. */
const SUMMARY = 400;

/**
 * Describes a bug by its kind and location, never by a value that came with a call. Node's internal frames are omitted: they
 * depend on what else the process was doing at that moment, and the same bug is to be reported once.
 */
export function errorSummary(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const [, ...frames] = (error.stack ?? "").split(/\n\s+at /);
  return [error.name, ...frames.filter((frame) => !frame.includes("node:internal/"))].join(" at ").slice(0, SUMMARY);
}
