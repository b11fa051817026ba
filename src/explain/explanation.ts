/** The explanation of one call: plain data, the same for a screen and for `--json` (docs/cli.md#explain---json). Pure. */

import type { Identity } from "../host/instance.ts";
import { PATHS } from "../metadata/paths.ts";
import { Fault } from "../verify/errors.ts";
import type { Request } from "../verify/evidence.ts";
import { type AnswerReport, faultAnswer, judgedAnswer, silentAnswer } from "./answer.ts";
import type { CommandReport } from "./compare-command.ts";
import { type KeyReport, keyReports, mentionedKeys } from "./keys.ts";
import type { NextReport } from "./next.ts";
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
  /** As of when it was judged. */
  readonly at: string;
  readonly source: Source;
  readonly instance: { readonly id: string | null; readonly by: string } | null;
  /** Whose roots ended the path. */
  readonly anchors: "pinned" | "settings" | "capture";
  readonly steps: readonly StepReport[];
  /** Milliseconds. */
  readonly judging: number;
  readonly signer: SignerReport | null;
  /** Those that were fetched, as many as it took. */
  readonly staples: readonly StapleReport[];
  /** How many the service lists; null where it was not asked. */
  readonly staplesListed: number | null;
  readonly answer: AnswerReport;
  readonly keys: readonly KeyReport[];
  /** Fingerprints in a document of which no key was judged. Nothing proves them. */
  readonly mentioned: readonly string[];
  /** False where the verdicts on keys are those that a redacted capture remembers. */
  readonly proven: boolean;
  /** What sshd's own command answered; null where it was not run. */
  readonly command: CommandReport | null;
  /** What sshd will do next with the keys; null where sshd was left alone. */
  readonly sshd: NextReport | null;
}

export interface ProgramReport {
  readonly version: string;
  readonly node: string;
  readonly openssl: string;
}

export type Source =
  /** Asked just now. `notes`: what could not be done as sshd does it, and why. */
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
      /** Rules that the file brought along and the reader's settings do not have: nobody vouches for them. */
      readonly ownRules: readonly ("anchors" | "domains" | "clock_skew_seconds" | "policy")[];
    };

export interface ReportContext {
  readonly request: Request;
  readonly program: ProgramReport;
  readonly source: Source;
  readonly anchors: Explanation["anchors"];
  readonly records: readonly Recorded[];
}

export function explanation(examined: CallTrace, told: ReportContext): Explanation {
  const { answer, now, identity, keys, evidence, rules, judging } = examined;
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
    judging,
    signer: parts?.signer ?? null,
    staples: parts?.staples ?? [],
    staplesListed: listed(records),
    answer: answerReport(answer, reports),
    keys: reports,
    mentioned: judged || keys === undefined ? [] : mentionedKeys(keys),
    proven: true,
    command: null,
    sshd: null,
  };
}

/** A call that ended before anything was asked: the settings could not be read. */
export function settingsFailure(fault: Fault, told: ReportContext, now: Date): Explanation {
  const nothing = { identity: undefined, keys: undefined, evidence: undefined, rules: undefined, judging: 0 };
  return explanation({ answer: fault, now, ...nothing }, told);
}

function answerReport(answer: CallTrace["answer"], reports: readonly KeyReport[]): AnswerReport {
  if (answer instanceof Fault) return faultAnswer(answer);
  return answer.kind === "silent" ? silentAnswer(answer.why) : judgedAnswer(reports);
}

const instanceReport = (identity: Identity | undefined): Explanation["instance"] =>
  identity?.kind === "ec2" ? { id: identity.id ?? null, by: identity.by } : null;

function listed(records: readonly Recorded[]): number | null {
  const reply = records.findLast((record) => record.path === PATHS.stapleNames && "status" in record);
  if (reply === undefined || "failed" in reply || reply.status !== 200 || !Buffer.isBuffer(reply.body)) return null;
  return new Set(
    reply.body
      .toString("utf8")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== ""),
  ).size;
}

/** 0: an answer was had. 1: none, or sshd's own command answered something else. */
export const exitStatus = ({ answer, command }: Explanation): 0 | 1 =>
  answer.kind === "fault" || command?.agrees === false ? 1 : 0;
