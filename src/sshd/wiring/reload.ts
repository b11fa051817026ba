/**
 * Reloads the running sshd, and checks that it lives, listens where it listened, and has read its files. This is done only
 * after `sshd -t`, only if its addresses exist, and never if others have changed files: a reload ends an sshd that cannot
 * start with its files. If it ends nevertheless, everything is undone and it is started again.
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
  /** The running sshd has the change. */
  | { readonly kind: "now"; readonly by: "reload" | "restart" | "signal" | "already" | "each-connection" }
  /** No sshd runs. */
  | { readonly kind: "at-start"; readonly socket: string | undefined }
  /** The command that an administrator must run, and why it was not run. */
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
  /** sshd did not survive it: everything was undone, and sshd was reloaded or started again. */
  | { readonly kind: "lost"; readonly refusal: Refusal; readonly left: NotRestored };

/** Facts in addition to the files themselves. */
export interface Told {
  /** Changes by others that sshd has not read. */
  readonly others: Pending | undefined;
  /** Undoes the change. */
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
  // systemd counts starts and gives up on a service that restarts too often: a package's scripts run in succession.
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

/** Restores the previous state after a reload or a restart that sshd did not survive intact. */
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
      ? // An sshd that still runs is reloaded again: depending on the unit's KillMode, a restart would end connections.
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

/** Returns the words that it was started with before. */
const sshdsOwn = (running: Runs, needed: ReloadInput): readonly string[] =>
  running.process.line === "" ? needed.words : settingWordsOf(running.process);

const systemctl = (programs: Exec, ...words: string[]) =>
  programs.run(programs.find("systemctl") ?? "systemctl", words);

/** @returns the message of the first command that failed */
async function runAll({ commands }: ReloadPlan, programs: Exec): Promise<string | undefined> {
  for (const [, ...words] of commands) {
    const { status, failed, stderr } = await systemctl(programs, ...words);
    if (status !== 0) return failed ?? stderr.trim().split("\n", 1)[0] ?? "";
  }
  return undefined;
}

/** @returns the error: the process may have ended just now */
function hangUp(pid: number): string | undefined {
  try {
    process.kill(pid, "SIGHUP");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Returns why sshd would not start again. The host keys of a running sshd may be gone from the disk, so `sshd -t` runs once
 * more, with nothing provided for it. Its addresses may be gone from the machine, too, which `-t` does not check.
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
    return "its sockets came from a socket unit that no longer exists, and it would lose them on a signal: restart it";
  // If a socket unit is in front of sshd, systemd listens.
  const behindSocket = running.kind === "service" && running.socket !== undefined;
  const wanted = isKnown(answer) && !behindSocket ? (answer.values.get("listenaddress") ?? []) : [];
  const absent = await absentAddresses(wanted);
  const all = wanted.length > 0 && wanted.every((value) => absent.includes(addressOf(value)));
  const lost = absent.filter((address) => all || listens?.some((one) => addressOf(one) === address));
  return lost.length === 0 ? "" : `ListenAddress ${lost.join(", ")} is not an address of this machine now`;
}

const pendingWords = ({ paths, readAt }: Pending, flaw: string): string =>
  `${paths.join(", ")}, since ${readAt.toISOString().slice(0, 19)}Z${flaw === "" ? "" : `; and sshd would end: ${flaw}`}`;

function settled(running: SshdProcess): ReloadResult {
  if (running.kind === "per-connection") return { kind: "now", by: "each-connection" };
  if (running.kind === "service" || running.kind === "process") return { kind: "now", by: "already" };
  return { kind: "at-start", socket: running.kind === "idle" ? running.socket : undefined };
}

/** Asks Debian's policy-rc.d(8): an administrator or image builder uses it to restrict what packages do to services. */
async function isForbidden(service: string, action: string, programs: Exec): Promise<boolean> {
  const policy = programs.find("policy-rc.d");
  if (policy === undefined) return false;
  const { status } = await programs.run(policy, [service, action]);
  // 101: forbidden; 102 and 103: it could not decide.
  return status === undefined || [101, 102, 103].includes(status);
}
