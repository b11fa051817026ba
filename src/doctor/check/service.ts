/** The warm service, by its own status and systemd's: whether it answers, is the installed version, and works well. Pure. */

import { moment, plural } from "../../cli/text.ts";
import { present } from "../../present.ts";
import type { Counts, Status } from "../../service/telemetry/status.ts";
import { quoted } from "../../verify/verdict.ts";
import { describeCheck, type Finding } from "../finding.ts";
import { judgeWithout, NOT_ASKED, type SocketFacts } from "./socket.ts";

export interface ServiceFacts extends SocketFacts {
  /** Undefined if it was not asked. */
  readonly answer: ServiceAnswer | undefined;
  /** Version of the program that runs the doctor. */
  readonly version: string;
}

export type ServiceAnswer =
  | {
      readonly kind: "answered";
      readonly status: Status;
      /** Including the start of the service. */
      readonly ms: number;
      /** Whether its program is no longer the one on disk; undefined: not known. */
      readonly replaced: boolean | undefined;
    }
  /** It does not run, and was not to be started. */
  | { readonly kind: "idle" }
  /** `code`: of the system, or a text. */
  | { readonly kind: "none"; readonly code: string };

/** Share of all calls that gave no key through no fault of the key, above which the doctor warns. */
const TROUBLE = 0.01;

export function judgeService(facts: ServiceFacts): Finding {
  const { way, behind, flaw, answer } = facts;
  const { warning, failed, needsRoot, notApplicable } = describeCheck("service");
  if (way === "processes") return notApplicable(NOT_ASKED);
  if (flaw === "none") return notApplicable("none, because systemd does not run here");
  if (flaw !== undefined) return notApplicable("there is no socket to query it on");
  if (answer?.kind === "answered") return judgeAnswer(facts, answer);
  const code = answer?.kind === "none" ? answer.code : "not asked";
  if (code === "EACCES") return needsRoot("querying it");

  const { isLost, instead } = judgeWithout(facts);
  const wrong = isLost ? failed : warning;
  const unit = behind.units.kind === "known" ? behind.units.service : undefined;
  if (unit?.get("LoadState") === "masked") {
    // With and without --runtime, systemctl leaves the other kind of mask (systemctl(1)).
    const runtime = unit.get("UnitFileState") === "masked-runtime" ? "--runtime " : "";
    return wrong(
      `eic-agent.service is masked: ${instead}`,
      `systemctl unmask ${runtime}eic-agent.service && systemctl restart eic-agent.socket`,
    );
  }
  if (answer?.kind === "idle" && unit?.get("ActiveState") === "inactive") {
    return notApplicable("idle, and not started for this: the next call starts it");
  }
  if (code === "ECONNREFUSED") {
    return wrong(`nothing listens on its socket: ${instead}`, "systemctl restart eic-agent.socket");
  }
  const state = unit === undefined ? "" : `; systemd has it ${unit.get("ActiveState")}, ${unit.get("Result")}`;
  return wrong(
    `it does not answer (${code}${state}): ${instead}`,
    "journalctl -u eic-agent.service -n 20 shows why; then: systemctl restart eic-agent.service",
    { error: code },
  );
}

function judgeAnswer(
  { version }: ServiceFacts,
  { status, ms, replaced }: ServiceAnswer & { kind: "answered" },
): Finding {
  const { ok, warning } = describeCheck("service");
  const { pid, program, uptime, signer, calls, milliseconds } = status;
  const facts = present({
    pid,
    version: program.version,
    uptimeSeconds: Math.round(uptime),
    answeredAfterMs: ms,
    calls: calls.total,
    p50Ms: milliseconds.p50,
    p99Ms: milliseconds.p99,
    signerAgeSeconds: signer === null ? undefined : Math.round(signer.age),
  });
  const flaws = [...outdated(status, version, replaced), ...troubles(status)];
  if (flaws.length > 0) {
    return warning(flaws.map(({ message }) => message).join("; "), flaws.map(({ hint }) => hint).join("; "), facts);
  }
  const proven =
    signer === null
      ? "no signer in the cache yet"
      : `signer proven ${Math.round(signer.age)} s ago, until ${moment(signer.until)} at the latest`;
  return ok(`answers after ${ms} ms: process ${pid}, ${plural(calls.total, "call")}, ${proven}`, facts);
}

interface Trouble {
  readonly message: string;
  readonly hint: string;
}

function outdated({ pid, program }: Status, version: string, replaced: boolean | undefined): Trouble[] {
  const hint = "systemctl stop eic-agent.service: the next call starts the new one";
  if (program.version !== version) {
    return [{ message: `process ${pid} is still eic-agent ${quoted(program.version)}, this is ${version}`, hint }];
  }
  return replaced === true ? [{ message: `process ${pid} runs a program that has been replaced since`, hint }] : [];
}

function troubles({ answers, faults, records, calls }: Status): Trouble[] {
  const { bug = 0, fault = 0, busy = 0, exhausted = 0 } = answers;
  const { lost = 0 } = records;
  const told: Trouble[] = [];
  if (bug > 0) {
    const hint = "please report the call-crashed lines of journalctl -u eic-agent.service";
    told.push({ message: `${plural(bug, "call")} ended in a bug`, hint });
  }
  if (lost > 0) {
    const hint = "systemctl status systemd-journald: is there room, and does it run?";
    told.push({ message: `${plural(lost, "record")} could not be written`, hint });
  }
  if (fault > calls.total * TROUBLE) {
    const message = `${fault} of ${plural(calls.total, "call")} ended with a Fault (${listed(faults)})`;
    told.push({ message, hint: "journalctl -t eic-agent lists each with its hint" });
  }
  if (busy > calls.total * TROUBLE) {
    const message = `${busy} of ${plural(calls.total, "call")} had to be repeated, because too many came at once`;
    told.push({
      message,
      hint: "sshd is being flooded: see MaxStartups and PerSourcePenalties of sshd_config(5), or a firewall",
    });
  }
  if (exhausted > calls.total * TROUBLE) {
    const message = `${exhausted} of ${plural(calls.total, "call")} had no answer because of a lack of descriptors or memory`;
    told.push({
      message,
      hint: "systemctl show eic-agent.service -p LimitNOFILE,MemoryMax; is the host itself short of them?",
    });
  }
  return told;
}

const listed = (counts: Counts): string =>
  Object.entries(counts)
    .map(([code, count]) => `${count} ${code}`)
    .join(", ");
