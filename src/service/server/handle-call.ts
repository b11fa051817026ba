/** Handles one call, from the request to the answer: settings, deadline, judgement and record as in the one-shot program. */
import { type Answer, authorizedKeysText } from "../../authorize.ts";
import { Deadline } from "../../deadline.ts";
import { AuditRecorder } from "../../recorder.ts";
import { DEADLINE_MS } from "../../settings/limits.ts";
import { Fault } from "../../verify/errors.ts";
import type { Request } from "../../verify/evidence.ts";
import type { Admission, AdmissionQueue } from "../admission/admission-queue.ts";
import { authorizeWithRecheck, type CachedCall } from "../cache/cached-dependencies.ts";
import type { Caches } from "../cache/caches.ts";
import type { Configuration } from "../cache/configuration.ts";
import type { Clock } from "../clock.ts";
import type { Records } from "../telemetry/audit-log.ts";
import { add, type Counters } from "../telemetry/counters.ts";
import type { OutcomeName } from "./protocol.ts";
import { resourceErrorIn } from "./resource-errors.ts";

/** The client has disconnected: nothing further is done for it. */
export class ClientDisconnected extends Error {
  override readonly name = "ClientDisconnected";
}

/** This process has no resources left, but another may have: the client must run the one-shot program. */
export class ResourcesExhausted extends Error {
  override readonly name = "ResourcesExhausted";
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

/** What is sent to the client. */
export interface CallAnswer {
  readonly outcome: OutcomeName;
  readonly lines: string;
}

/**
 * Handles one call: admits it, answers it, and makes its place free again.
 * @param since arrival of the call, by the monotonic clock; its deadline counts from there
 * @param disconnected aborted when the client has disconnected
 * @throws ClientDisconnected or ResourcesExhausted: then no answer is sent
 */
export async function handleCall(
  request: Request,
  since: number,
  disconnected: AbortSignal,
  services: CallServices,
): Promise<CallAnswer> {
  const { counters } = services;
  const limit = limitCall(since, disconnected);
  try {
    const admission = await admitCall(request, limit.signal, services);
    if (admission === "busy") {
      add(counters.endings, "busy");
      return { outcome: "busy", lines: "" };
    }
    return await answerCall(request, limit, services).finally(admission);
  } catch (error) {
    if (error instanceof ClientDisconnected) add(counters.endings, "disconnected");
    throw error;
  } finally {
    limit.end();
  }
}

export interface CallLimit {
  readonly deadline: Deadline;
  /** Aborted at the deadline, with a Fault, and when the client disconnects, with ClientDisconnected. */
  readonly signal: AbortSignal;
  end(): void;
}

export function limitCall(since: number, disconnected: AbortSignal): CallLimit {
  const deadline = new Deadline(DEADLINE_MS.most, since);
  const controller = new AbortController();
  const onDeadline = () => controller.abort(new Fault("METADATA_TIMEOUT", "the deadline of the whole call has passed"));
  const onDisconnect = () => controller.abort(new ClientDisconnected());
  deadline.signal.addEventListener("abort", onDeadline, { once: true });
  disconnected.addEventListener("abort", onDisconnect, { once: true });
  if (disconnected.aborted) onDisconnect();
  const end = () => {
    deadline.end();
    disconnected.removeEventListener("abort", onDisconnect);
  };
  return { deadline, signal: controller.signal, end };
}

/** Waits for a place. A deadline that passes meanwhile is not reported as a Fault: the service is busy. */
export async function admitCall(
  request: Request,
  signal: AbortSignal,
  { configuration, queue }: CallServices,
): Promise<Admission> {
  const isCached = configuration.last?.caches.hasFresh(request) ?? false;
  try {
    return await queue.acquire(request.user, isCached, signal);
  } catch (error) {
    if (error instanceof Fault) return "busy";
    throw error;
  }
}

/** Answers a call that has a place: settings, authorization, record, and last its counters. */
async function answerCall(request: Request, limit: CallLimit, services: CallServices): Promise<CallAnswer> {
  const { counters } = services;
  const recorder = recorderOf(request, services);
  const onLookup: CachedCall["onLookup"] = (input, from) =>
    add(input === "document" ? counters.documents : counters.signers, from);
  try {
    const answer = await judgeCall({ request, limit, recorder, onLookup }, services);
    await recorder.answer(answer, limit.deadline);
    limit.signal.throwIfAborted();
    counters.answered(answer);
    return { outcome: "answered", lines: authorizedKeysText(answer) };
  } catch (error) {
    return failCall(error, recorder, services);
  }
}

export const recorderOf = (request: Request, { records }: CallServices): AuditRecorder =>
  new AuditRecorder(request, async () => records.lost(), records.record);

export interface JudgedCall extends Pick<CachedCall, "request" | "onLookup"> {
  readonly limit: CallLimit;
  readonly recorder: AuditRecorder;
}

/** Judges a call that has a place, by the settings of now. @throws Fault, and the reason of the limit's signal */
export async function judgeCall(
  { request, limit, recorder, onLookup }: JudgedCall,
  { configuration, named, clock }: CallServices,
): Promise<Answer> {
  const configured = await configuration.current();
  const { settings } = configured;
  recorder.configure(settings.audit);
  limit.deadline.lower(settings.deadlineMs - recorder.reservedMs);
  return authorizeWithRecheck({ request, configured, named, clock, signal: limit.signal, onLookup });
}

/**
 * Records the failure of a call.
 * @throws ClientDisconnected or ResourcesExhausted
 */
async function failCall(
  error: unknown,
  recorder: AuditRecorder,
  { counters, records }: CallServices,
): Promise<CallAnswer> {
  if (error instanceof ClientDisconnected) throw error;
  const resourceError = resourceErrorIn(error);
  if (resourceError !== undefined) {
    add(counters.endings, "exhausted");
    await records.crash(resourceError);
    throw new ResourcesExhausted(resourceError);
  }
  counters.failed(error);
  await recorder.failure(error);
  if (!(error instanceof Fault)) await records.crash(errorSummary(error));
  return { outcome: "fault", lines: "" };
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
