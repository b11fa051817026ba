/**
 * The findings of the doctor, for Prometheus. No family of `eic-agent status` is among them: node_exporter refuses a series that two
 * files have. Every check has its series each time, so that an alert ends when the check passes. Pure.
 */
import { CHECKS, type Check, type Finding, type Status } from "../../doctor/finding.ts";
import { metric, type Sample, unixTime } from "../../service/telemetry/exposition.ts";

export interface HostFacts {
  /** Of the installed program, which ran the doctor. */
  readonly version: string;
  readonly node: string;
  readonly findings: readonly Finding[];
  /** Whether sshd will call this program, as `eic-agent sshd status` says; undefined: not known. */
  readonly inForce: boolean | undefined;
  /** Whether sshd calls it in a trial, in which another command decides; undefined: not known. */
  readonly trial: boolean | undefined;
  /** Times of records in the log; undefined if it has none, or cannot be read. */
  readonly lastKey: Date | undefined;
  readonly lastFault: Date | undefined;
  /** The time of the run. */
  readonly at: Date;
}

export function hostMetrics({ version, node, findings, inForce, trial, lastKey, lastFault, at }: HostFacts): string {
  return [
    metric("build_info", "gauge", "Versions of the installed program.", [[{ version, node }, 1]]),
    metric("host_timestamp_seconds", "gauge", "Time at which the facts of the host were collected.", [
      [{}, unixTime(at)],
    ]),
    ifKnown(
      "sshd_in_force",
      "Whether sshd calls this program: 1, or 0.",
      inForce === undefined ? undefined : Number(inForce),
    ),
    ifKnown(
      "sshd_trial",
      "Whether sshd calls another command, with a trial of this program: 1, or 0.",
      trial === undefined ? undefined : Number(trial),
    ),
    metric(
      "doctor_check_failed",
      "gauge",
      "Whether this check of eic-agent doctor failed.",
      having(findings, "failed"),
    ),
    metric(
      "doctor_check_warning",
      "gauge",
      "Whether this check of eic-agent doctor gave a warning.",
      having(findings, "warning"),
    ),
    ifKnown(
      "last_key_timestamp_seconds",
      "Time of the last key passed to sshd, by the log.",
      lastKey && unixTime(lastKey),
    ),
    ifKnown("last_fault_timestamp_seconds", "Time of the last Fault, by the log.", lastFault && unixTime(lastFault)),
  ].join("");
}

/** An unknown value has no series: any number would be a statement. */
const ifKnown = (name: string, help: string, value: number | undefined): string =>
  value === undefined ? "" : metric(name, "gauge", help, [[{}, value]]);

const having = (findings: readonly Finding[], wanted: Status): Sample[] =>
  (Object.keys(CHECKS) as Check[]).map((check) => [
    { check },
    findings.some((finding) => finding.check === check && finding.status === wanted) ? 1 : 0,
  ]);
