/**
 * Tells the sshd that runs, and watches that it lives, listens where it listened, and has read its files. Only ever after
 * `sshd -t`, where its addresses are there, and never over what others have changed: a reload ends an sshd that cannot start
 * with its files. Where it ends all the same, everything is put back and it is started again.
 */

import type { Exec } from "../inspect/exec.ts";
import { absentAddresses, addressOf } from "../inspect/listening.ts";
import { asCommand, hasSameOptions, planReload, type ReloadInput, type ReloadPlan } from "../inspect/reload-plan.ts";
import { type SshdProcess, settingWordsOf } from "../inspect/sshd-process.ts";
import type { SshdState } from "./inspect.ts";
import type { NotRestored } from "./outcome.ts";
import type { Pending } from "./pending.ts";
import type { Refusal } from "./refusal.ts";
import { asItIs, type Before, watch } from "./survival.ts";
import { isKnown } from "./verify.ts";

export type ReloadResult =
  /** The sshd that runs has it. */
  | { readonly kind: "now"; readonly by: "reload" | "restart" | "signal" | "already" | "each-connection" }
  /** None runs. */
  | { readonly kind: "at-start"; readonly socket: string | undefined }
  /** What a person has to run for it, and why it was not done. */
  | {
      readonly kind: "to-do";
      readonly command: string;
      readonly why:
        | "not-wanted"
        | "others"
        | "policy"
        | "failed"
        | "would-end"
        | "unsure"
        | "ends-connections"
        | "not-seen"
        | "unknown";
      readonly said: string;
    }
  /** sshd did not survive it: everything was put back, and sshd was told or started again. */
  | { readonly kind: "lost"; readonly refusal: Refusal; readonly left: NotRestored };

/** What is known beside the files themselves. */
export interface Told {
  /** What others have changed that it has not read. */
  readonly others: Pending | undefined;
  /** Puts back what was changed for it. */
  readonly takeBack: () => Promise<NotRestored>;
}

export const nothingToTakeBack = async (): Promise<NotRestored> => [];

type Sshd = Pick<SshdState, "program" | "pidFile" | "answer">;
type Runs = SshdProcess & { kind: "service" | "process" };

/** @param wanted false with --no-reload */
export async function reloadSshd(
  needed: ReloadInput,
  wanted: boolean,
  sshd: Sshd,
  programs: Exec,
  told: Told,
): Promise<ReloadResult> {
  const { running } = needed;
  const steps = planReload(needed);
  if (steps === undefined) return settled(running);
  const toDo = (why: (ReloadResult & { kind: "to-do" })["why"], said = ""): ReloadResult => ({
    kind: "to-do",
    command: asCommand(steps),
    why,
    said,
  });
  if (!wanted) return toDo("not-wanted");
  if (running.kind === "unknown") return toDo("unknown", running.message);
  if (running.kind !== "service" && running.kind !== "process") {
    const failed = await runAll(steps, programs);
    return failed === undefined ? settled(running) : toDo("failed", failed);
  }
  const before = asItIs(running);
  const flaw = await restartFlaw(needed, before, sshd, programs);
  if (told.others !== undefined) return toDo("others", pendingWords(told.others, flaw));
  if (flaw !== "") return toDo("would-end", flaw);
  if (running.kind === "process") {
    if (!running.verified || !hasSameOptions(running.process, needed.words)) return toDo("unsure");
    if (await isForbidden("ssh", "reload", programs)) return toDo("policy");
  } else {
    if (steps.by === "restart" && !running.keepsConnections) return toDo("ends-connections");
    if (await isForbidden(running.unit.replace(/\.service$/, ""), steps.by, programs)) return toDo("policy");
  }
  // systemd counts starts, and ends a service for good that was restarted too often: a package's scripts come in a row.
  if (steps.by === "restart" && running.kind === "service") await systemctl(programs, "reset-failed", running.unit);
  const failed = running.kind === "process" ? hangUp(running.process.pid) : await runAll(steps, programs);
  if (failed !== undefined && steps.by !== "restart") return toDo("failed", failed);
  const fate = failed === undefined ? await watch(needed, before, steps.by !== "restart", sshd, programs) : undefined;
  if (fate?.kind === "read") return { kind: "now", by: steps.by };
  if (fate?.kind === "not-seen") return toDo("not-seen");
  const what =
    fate === undefined ? (failed ?? "") : fate.kind === "deaf" ? `it does not listen on ${fate.said}` : fate.said;
  const ended = fate?.kind !== "deaf";
  return broughtBack(what, ended, { needed, steps, running, before }, sshd, programs, told);
}

/** After a reload or a restart that sshd did not survive whole: back to what it ran with. */
async function broughtBack(
  what: string,
  ended: boolean,
  { needed, steps, running, before }: { needed: ReloadInput; steps: ReloadPlan; running: Runs; before: Before },
  sshd: Sshd,
  programs: Exec,
  { takeBack }: Told,
): Promise<ReloadResult> {
  const left = await takeBack();
  const changedAt = new Date();
  const own = running.kind === "service" && steps.by === "reload" ? needed.words : sshdsOwn(running, needed);
  const [start, ...again] =
    running.kind === "service"
      ? // One that lives is told again: a restart would end connections where the unit's KillMode is not a gentle one.
        [programs.find("systemctl") ?? "systemctl", ended ? "start" : "reload", running.unit]
      : [sshd.program ?? "/usr/sbin/sshd", ...own];
  if (running.kind === "service") {
    if (needed.units) await systemctl(programs, "daemon-reload");
    await systemctl(programs, "reset-failed", running.unit);
  }
  const command = running.kind === "service" ? `systemctl restart ${running.unit}` : [start, ...own].join(" ");
  const isEnded = (said: string): ReloadResult => ({
    kind: "lost",
    refusal: { why: "ended", said: `${what}; ${said}`, command },
    left,
  });
  if (running.kind === "process" && !ended) hangUp(running.process.pid);
  else {
    const { status, stderr, failed } = await programs.run(start, again);
    if (status !== 0) return isEnded(failed ?? stderr.trim().split("\n", 1)[0] ?? "");
  }
  const fate = await watch({ changedAt, words: own }, before, false, sshd, programs);
  if (fate.kind === "read" || fate.kind === "not-seen")
    return { kind: "lost", refusal: { why: "not-survived", said: what }, left };
  return isEnded(fate.said);
}

/** The words that it was started with before. */
const sshdsOwn = (running: Runs, needed: ReloadInput): readonly string[] =>
  running.process.line === "" ? needed.words : settingWordsOf(running.process);

const systemctl = (programs: Exec, ...words: string[]) =>
  programs.run(programs.find("systemctl") ?? "systemctl", words);

/** @returns what the first that failed said */
async function runAll({ commands }: ReloadPlan, programs: Exec): Promise<string | undefined> {
  for (const [, ...words] of commands) {
    const { status, failed, stderr } = await systemctl(programs, ...words);
    if (status !== 0) return failed ?? stderr.trim().split("\n", 1)[0] ?? "";
  }
  return undefined;
}

/** @returns why not: it may have ended just now */
function hangUp(pid: number): string | undefined {
  try {
    process.kill(pid, "SIGHUP");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Why sshd would not come back. A running one serves with host keys that may be gone from the disk: so `sshd -t` once more,
 * with nothing lent to it. And it holds addresses that may have gone from the machine, which `-t` does not look at.
 */
async function restartFlaw(
  { words, running }: ReloadInput,
  { listens }: Before,
  { program, answer }: Sshd,
  programs: Exec,
): Promise<string> {
  const { status, failed, stderr } = await programs.run(program ?? "sshd", ["-t", ...words]);
  if (status !== 0) return failed ?? stderr.trim().split("\n", 1)[0] ?? "";
  if (running.kind === "process" && running.fromSocketUnit === true)
    return "a socket unit that is gone made its sockets, and after a signal it could not take them again: restart it";
  // Behind a socket it is systemd that listens.
  const behindSocket = running.kind === "service" && running.socket !== undefined;
  const wanted = isKnown(answer) && !behindSocket ? (answer.values.get("listenaddress") ?? []) : [];
  const absent = await absentAddresses(wanted);
  const all = wanted.length > 0 && wanted.every((value) => absent.includes(addressOf(value)));
  const lost = absent.filter((address) => all || listens?.some((one) => addressOf(one) === address));
  return lost.length === 0 ? "" : `ListenAddress ${lost.join(", ")} is no address of this machine now`;
}

const pendingWords = ({ paths, readAt }: Pending, flaw: string): string =>
  `${paths.join(", ")}, since ${readAt.toISOString().slice(0, 19)}Z${flaw === "" ? "" : `; and sshd would end: ${flaw}`}`;

function settled(running: SshdProcess): ReloadResult {
  if (running.kind === "per-connection") return { kind: "now", by: "each-connection" };
  if (running.kind === "service" || running.kind === "process") return { kind: "now", by: "already" };
  return { kind: "at-start", socket: running.kind === "idle" ? running.socket : undefined };
}

/** Debian's policy-rc.d(8): what an administrator, or who builds an image, lets packages do to services. */
async function isForbidden(service: string, action: string, programs: Exec): Promise<boolean> {
  const policy = programs.find("policy-rc.d");
  if (policy === undefined) return false;
  const { status } = await programs.run(policy, [service, action]);
  // 101 forbidden; 102 and 103 that it could not say.
  return status === undefined || [101, 102, 103].includes(status);
}
