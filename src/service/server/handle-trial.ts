/**
 * Handles the report of a trial: judges the same call as a login would be, with the same limits, compares the two answers,
 * counts the result and records a difference. No login waits for it, and no key is offered to sshd.
 */
import { authorizedKeysText } from "../../authorize.ts";
import { AuditRecorder } from "../../recorder.ts";
import { compareAnswers, type OwnAnswer } from "../../trial/compare.ts";
import type { Report } from "../../trial/report.ts";
import { Fault } from "../../verify/errors.ts";
import type { Request } from "../../verify/evidence.ts";
import { authorizeWithRecheck } from "../cache/cached-dependencies.ts";
import { add } from "../telemetry/counters.ts";
import { admitCall, type CallLimit, type CallServices, limitCall } from "./handle-call.ts";

/**
 * @param since arrival of the report, by the monotonic clock
 * @param disconnected aborted when the relay has disconnected
 * @throws any error but a Fault: then nothing was compared, and the relay is to run the one-shot program
 */
export async function handleTrial(
  { request, report }: { readonly request: Request; readonly report: Report },
  since: number,
  disconnected: AbortSignal,
  services: CallServices,
): Promise<void> {
  const { records, counters } = services;
  const recorder = new AuditRecorder(request, async () => records.lost(), records.record);
  const limit = limitCall(since, disconnected);
  try {
    const compared = compareAnswers(request, report, await ownAnswer(request, limit, recorder, services));
    add(counters.trial, compared.comparison);
    if (compared.comparison === "differs") await recorder.trial(compared);
  } finally {
    limit.end();
  }
}

async function ownAnswer(
  request: Request,
  limit: CallLimit,
  recorder: AuditRecorder,
  services: CallServices,
): Promise<OwnAnswer> {
  const admission = await admitCall(request, limit.signal, services);
  if (admission === "busy") return { kind: "failed", why: "busy" };
  try {
    const answer = await judge(request, limit, recorder, services);
    return { kind: "answered", answer, lines: authorizedKeysText(answer) };
  } catch (error) {
    if (error instanceof Fault) return { kind: "failed", why: error };
    throw error;
  } finally {
    admission();
  }
}

async function judge(
  request: Request,
  { deadline, signal }: CallLimit,
  recorder: AuditRecorder,
  { configuration, named, clock }: CallServices,
) {
  const configured = await configuration.current();
  recorder.configure(configured.settings.audit);
  deadline.lower(configured.settings.deadlineMs - recorder.reservedMs);
  // The sources of its inputs are not counted: those counters are about logins.
  return authorizeWithRecheck({ request, configured, named, clock, signal, onLookup: () => undefined });
}
