/**
 * Handles the report of a trial: judges the same call as a login would be, with the same limits, compares the two answers,
 * counts the result and records a difference. No login waits for it, and no key is offered to sshd.
 */
import type { AuditRecorder } from "../../recorder.ts";
import { compareAnswers } from "../../trial/compare.ts";
import { type OwnAnswer, ownAnswer } from "../../trial/own-answer.ts";
import type { Report } from "../../trial/report.ts";
import type { Request } from "../../verify/evidence.ts";
import { add } from "../telemetry/counters.ts";
import { admitCall, type CallLimit, type CallServices, judgeCall, limitCall, recorderOf } from "./handle-call.ts";

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
  const { counters } = services;
  const recorder = recorderOf(request, services);
  const limit = limitCall(since, disconnected);
  try {
    const compared = compareAnswers(request, report, await answerOf(request, limit, recorder, services));
    add(counters.trial, compared.comparison);
    if (compared.comparison === "differs") await recorder.trial(compared);
  } finally {
    limit.end();
  }
}

async function answerOf(
  request: Request,
  limit: CallLimit,
  recorder: AuditRecorder,
  services: CallServices,
): Promise<OwnAnswer> {
  const admission = await admitCall(request, limit.signal, services);
  if (admission === "busy") return { kind: "failed", why: "busy" };
  // The sources of its inputs are not counted: those counters are about logins.
  const judging = judgeCall({ request, limit, recorder, onLookup: () => undefined }, services);
  return ownAnswer(judging).finally(admission);
}
