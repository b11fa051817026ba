/**
 * Reloads the running sshd, and checks that it lives, listens where it listened, and has read its files. This is done only
 * after `sshd -t`, only if its addresses exist, and never if others have changed files: a reload ends an sshd that cannot
 * start with its files. If it ends nevertheless, everything is undone and it is started again.
 */

import { type Exec, failureOf } from "../inspect/exec.ts";
import { asCommand, planReload, type ReloadInput, type ReloadPlan } from "../inspect/reload-plan.ts";
import { type SshdProcess, settingWordsOf } from "../inspect/sshd-process.ts";
import type { SshdState } from "./inspect.ts";
import type { NotRestored } from "./outcome.ts";
import type { Pending } from "./pending.ts";
import type { Refusal } from "./refusal.ts";
import { type Reload, type ReloadFlaw, reloadFlaw } from "./reload-flaw.ts";
import { asItIs, type Fate, watch } from "./survival.ts";

export type ReloadResult =
  /** The running sshd has the change. */
  | { readonly kind: "now"; readonly by: "reload" | "restart" | "signal" | "already" | "each-connection" }
  /** No sshd runs. */
  | { readonly kind: "at-start"; readonly socket: string | undefined }
  /** The command that an administrator must run, and why it was not run. */
  | {
      readonly kind: "to-do";
      readonly command: string;
      readonly why: ToDo["why"];
      readonly said: string;
    }
  /** sshd did not survive it: everything was undone, and sshd was reloaded or started again. */
  | { readonly kind: "lost"; readonly refusal: Refusal; readonly left: NotRestored };

interface ToDo {
  readonly why: ReloadFlaw["why"] | "not-wanted" | "unknown" | "failed" | "not-seen";
  readonly said?: string;
}

/** Facts in addition to the files themselves. */
export interface Told {
  /** Changes by others that sshd has not read. */
  readonly others: Pending | undefined;
  /** Undoes the change. */
  readonly takeBack: () => Promise<NotRestored>;
}

export const nothingToTakeBack = async (): Promise<NotRestored> => [];

type Sshd = Pick<SshdState, "program" | "pidFile" | "answer">;

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
  const toDo = ({ why, said = "" }: ToDo): ReloadResult => ({ kind: "to-do", command: asCommand(steps), why, said });
  if (!wanted) return toDo({ why: "not-wanted" });
  if (running.kind === "unknown") return toDo({ why: "unknown", said: running.message });
  if (running.kind !== "service" && running.kind !== "process") {
    const failed = await runAll(steps, programs);
    return failed === undefined ? settled(running) : toDo({ why: "failed", said: failed });
  }

  const reload: Reload = { running, needed, steps, before: asItIs(running) };
  const flaw = await reloadFlaw(reload, told.others, sshd, programs);
  if (flaw !== undefined) return toDo(flaw);
  const failed = await runReload(reload, programs);
  // A reload that failed has left sshd as it was. A restart that failed may have ended it.
  if (failed !== undefined && steps.by !== "restart") return toDo({ why: "failed", said: failed });
  const fate: Fate =
    failed === undefined
      ? await watch(needed, reload.before, steps.by !== "restart", sshd, programs)
      : { kind: "ended", said: failed };
  switch (fate.kind) {
    case "read":
      return { kind: "now", by: steps.by };
    case "not-seen":
      return toDo({ why: "not-seen" });
    case "ended":
    case "deaf":
      return recover(reload, fate, sshd, programs, told.takeBack);
    default:
      return fate satisfies never;
  }
}

/** @returns the message of the command that failed */
async function runReload({ running, steps }: Reload, programs: Exec): Promise<string | undefined> {
  if (running.kind === "process") return hangUp(running.process.pid);
  // systemd counts starts and gives up on a service that restarts too often: a package's scripts run in succession.
  if (steps.by === "restart") await runSystemctl(programs, "reset-failed", running.unit);
  return runAll(steps, programs);
}

/** Restores the previous state after a reload or a restart that sshd did not survive intact. */
async function recover(
  reload: Reload,
  { kind, said }: Fate & { kind: "ended" | "deaf" },
  sshd: Sshd,
  programs: Exec,
  takeBack: Told["takeBack"],
): Promise<ReloadResult> {
  const what = kind === "deaf" ? `it does not listen on ${said}` : said;
  const left = await takeBack();
  const changedAt = new Date();
  const words = wordsBefore(reload);
  const start = [sshd.program ?? "/usr/sbin/sshd", ...words];
  const failed = await bringBack(reload, kind === "ended", start, programs);
  const fate: Fate =
    failed === undefined
      ? await watch({ changedAt, words }, reload.before, false, sshd, programs)
      : { kind: "ended", said: failed };
  if (fate.kind === "read" || fate.kind === "not-seen")
    return { kind: "lost", refusal: { why: "not-survived", said: what }, left };
  const { running } = reload;
  const command = running.kind === "service" ? `systemctl restart ${running.unit}` : start.join(" ");
  return { kind: "lost", refusal: { why: "ended", said: `${what}; ${fate.said}`, command }, left };
}

/**
 * Starts an sshd that has ended, and reloads one that still runs: depending on the unit's KillMode, a restart would end
 * connections.
 * @param start the command that starts an sshd without a unit
 * @returns the message of the command that failed
 */
async function bringBack(
  { running, needed }: Reload,
  hasEnded: boolean,
  start: readonly string[],
  programs: Exec,
): Promise<string | undefined> {
  if (running.kind === "process") {
    if (hasEnded) return failureOf(start.join(" "), await programs.run(start[0] ?? "", start.slice(1)));
    // If the process is gone by now, the watch that follows shows it.
    hangUp(running.process.pid);
    return undefined;
  }
  if (needed.units) await runSystemctl(programs, "daemon-reload");
  await runSystemctl(programs, "reset-failed", running.unit);
  return runSystemctl(programs, hasEnded ? "start" : "reload", running.unit);
}

/** Returns the setting words that sshd was started with before; after a reload of a service, those of its unit. */
function wordsBefore({ running, needed, steps }: Reload): readonly string[] {
  const isReload = running.kind === "service" && steps.by === "reload";
  return isReload || running.process.line === "" ? needed.words : settingWordsOf(running.process);
}

/** @returns why it failed */
async function runSystemctl(programs: Exec, ...words: string[]): Promise<string | undefined> {
  return failureOf(
    ["systemctl", ...words].join(" "),
    await programs.run(programs.find("systemctl") ?? "systemctl", words),
  );
}

/** @returns the message of the first command that failed */
async function runAll({ commands }: ReloadPlan, programs: Exec): Promise<string | undefined> {
  for (const [, ...words] of commands) {
    const failed = await runSystemctl(programs, ...words);
    if (failed !== undefined) return failed;
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

function settled(running: SshdProcess): ReloadResult {
  if (running.kind === "per-connection") return { kind: "now", by: "each-connection" };
  if (running.kind === "service" || running.kind === "process") return { kind: "now", by: "already" };
  return { kind: "at-start", socket: running.kind === "idle" ? running.socket : undefined };
}
