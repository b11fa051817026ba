/** The explanation of one call: plain data, the same for a screen and for `--json` (docs/cli.md#explain---json). Pure. */

import type { Identity } from "../host/instance.ts";
import { PATHS } from "../metadata/paths.ts";
import { Fault } from "../verify/errors.ts";
import type { Request } from "../verify/evidence.ts";
import { type AnswerReport, faultAnswer, judgedAnswer, noKeysAnswer } from "./answer.ts";
import type { CommandReport } from "./command-report.ts";
import { type KeyReport, keyReports, mentionedKeys } from "./keys.ts";
import type { NextReport } from "./next-report.ts";
import type { Recorded } from "./recording.ts";
import { type SignerReport, type StapleReport, signerReport } from "./signer-report.ts";
import { type StepReport, steps } from "./steps.ts";
import type { CallTrace } from "./trace-call.ts";

export interface Explanation {
  readonly format: "eic-agent explanation";
  readonly version: 1;
  readonly program: ProgramReport;
  readonly user: string;
  readonly fingerprint: string | null;
  /** The time as of which it was judged. */
  readonly at: string;
  readonly source: Source;
  readonly instance: { readonly id: string | null; readonly source: string } | null;
  /** The source of the roots at which the path ended. */
  readonly anchors: "pinned" | "settings" | "capture";
  readonly steps: readonly StepReport[];
  /** Milliseconds. */
  readonly verifyMilliseconds: number;
  readonly signer: SignerReport | null;
  /** The staples that were fetched, as many as were needed. */
  readonly staples: readonly StapleReport[];
  /** How many staples the service lists; null if it was not asked. */
  readonly staplesListed: number | null;
  readonly answer: AnswerReport;
  readonly keys: readonly KeyReport[];
  /** Fingerprints in a document of which no key was judged. Their signatures were not verified. */
  readonly unverifiedFingerprints: readonly string[];
  /** False if the verdicts on keys are those recorded in a redacted capture. */
  readonly verified: boolean;
  /** The answer of sshd's own command; null if it was not run. */
  readonly command: CommandReport | null;
  /** sshd's next step with the keys; null if sshd was not examined. */
  readonly sshd: NextReport | null;
}

export interface ProgramReport {
  readonly version: string;
  readonly node: string;
  readonly openssl: string;
}

export type Source =
  /** Asked just now. `notes`: differences from sshd's own call, with the reasons. */
  | {
      readonly kind: "service";
      readonly as: { readonly uid: number; readonly name: string | null };
      readonly notes: readonly string[];
    }
  | {
      readonly kind: "capture";
      readonly file: string;
      readonly made: ProgramReport & { readonly at: string };
      readonly judgedAt: string;
      readonly redacted: boolean;
      /** Rules in the file that are missing in the reader's settings: they are not trusted. */
      readonly ownRules: readonly ("anchors" | "domains" | "clock_skew_seconds" | "policy" | "caller_variable")[];
    };

export interface ReportContext {
  readonly request: Request;
  readonly program: ProgramReport;
  readonly source: Source;
  readonly anchors: Explanation["anchors"];
  readonly records: readonly Recorded[];
}

export function explanation(examined: CallTrace, told: ReportContext): Explanation {
  const { answer, now, identity, keys, evidence, rules, verifyMilliseconds } = examined;
  const { request, program, source, anchors, records } = told;
  const parts = evidence === undefined || rules === undefined ? undefined : signerReport(evidence, rules, now);
  const judged = !(answer instanceof Fault) && answer.kind === "judged" && keys !== undefined;
  const reports = judged ? keyReports(answer.verdicts, keys, now) : [];
  return {
    format: "eic-agent explanation",
    version: 1,
    program,
    user: request.user,
    fingerprint: request.fingerprint ?? null,
    at: now.toISOString(),
    source,
    instance: instanceReport(identity),
    anchors,
    steps: steps(records),
    verifyMilliseconds,
    signer: parts?.signer ?? null,
    staples: parts?.staples ?? [],
    staplesListed: listed(records),
    answer: answerReport(answer, reports),
    keys: reports,
    unverifiedFingerprints: judged || keys === undefined ? [] : mentionedKeys(keys),
    verified: true,
    command: null,
    sshd: null,
  };
}

/** Explains a call that ended before anything was asked, because the settings could not be read. */
export function settingsFailure(fault: Fault, told: ReportContext, now: Date): Explanation {
  const nothing = {
    identity: undefined,
    keys: undefined,
    evidence: undefined,
    rules: undefined,
    verifyMilliseconds: 0,
  };
  return explanation({ answer: fault, now, ...nothing }, told);
}

function answerReport(answer: CallTrace["answer"], reports: readonly KeyReport[]): AnswerReport {
  if (answer instanceof Fault) return faultAnswer(answer);
  return answer.kind === "no-keys" ? noKeysAnswer(answer.why) : judgedAnswer(reports);
}

const instanceReport = (identity: Identity | undefined): Explanation["instance"] =>
  identity?.kind === "ec2" ? { id: identity.id ?? null, source: identity.by } : null;

function listed(records: readonly Recorded[]): number | null {
  const reply = records.findLast((record) => record.path === PATHS.stapleNames && record.kind === "replied");
  if (reply === undefined || reply.kind === "failed" || reply.status !== 200 || !Buffer.isBuffer(reply.body))
    return null;
  return new Set(
    reply.body
      .toString("utf8")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== ""),
  ).size;
}

/** Returns 0 if there was an answer; 1 after a Fault, or if sshd's own command answered differently. */
export const exitStatus = ({ answer, command }: Explanation): 0 | 1 =>
  answer.kind === "fault" || command?.agrees === false ? 1 : 0;
