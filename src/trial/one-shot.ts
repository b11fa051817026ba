/**
 * The one-shot program of a trial: if the service does not take a report, this compares the answers and records a difference.
 * It prints nothing, and no login waits for it. docs/trial.md describes the whole.
 */
import { readFileSync } from "node:fs";
import type { Answer } from "../authorize.ts";
import type { TrialRecorder } from "../recorder.ts";
import type { Request } from "../verify/evidence.ts";
import { compareAnswers } from "./compare.ts";
import type { Comparison } from "./comparison.ts";
import { ownAnswer } from "./own-answer.ts";
import { parseReport } from "./report.ts";

const STDIN = 0;

/** This program's part of the call, provided by main.ts. */
export interface OwnTrial {
  readonly request: Request;
  /** Judges without a record: no key is offered to sshd. */
  judge(): Promise<Answer>;
  readonly recorder: TrialRecorder;
}

/**
 * Compares a report on standard input with this program's own answer.
 * @returns undefined if standard input has no report
 */
export async function runTrial({ request, judge, recorder }: OwnTrial): Promise<Comparison | undefined> {
  const report = parseReport(readFileSync(STDIN));
  if (report === undefined) return undefined;
  const compared = compareAnswers(request, report, await ownAnswer(judge()));
  if (compared.comparison === "differs") await recorder.trial(compared);
  return compared.comparison;
}
