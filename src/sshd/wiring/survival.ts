/**
 * Watches an sshd after a reload: it has read its files and listens everywhere as before, or it has ended, or it no longer
 * listens on a port.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Exec } from "../inspect/exec.ts";
import { listeningOf } from "../inspect/listening.ts";
import { isUpToDate, type ReloadInput } from "../inspect/reload-plan.ts";
import { findSshd, type SshdProcess } from "../inspect/sshd-process.ts";
import { isThere } from "../inspect/systemctl.ts";
import type { SshdState } from "./inspect.ts";

/** The state of sshd before the reload, which it must have again afterwards. */
export interface Before {
  readonly pid: number | undefined;
  /** Undefined if it could not be seen. */
  readonly listens: readonly string[] | undefined;
}

export type Fate =
  | { readonly kind: "read" }
  /** It runs, but does not show that it has read its files. */
  | { readonly kind: "not-seen" }
  | { readonly kind: "ended" | "deaf"; readonly said: string };

export function asItIs(running: SshdProcess): Before {
  const pid = running.kind === "service" || running.kind === "process" ? running.process.pid : undefined;
  return { pid, listens: pid === undefined ? undefined : listeningOf(pid) };
}

/** Milliseconds: sshd starts in far less; a busy machine gets more time. */
const WAIT = { all: 10_000, each: 50 } as const;

/** @param keepsProcess whether it continues as the same process, as after SIGHUP */
export async function watch(
  { changedAt, words }: Pick<ReloadInput, "changedAt" | "words">,
  before: Before,
  keepsProcess: boolean,
  { program, pidFile }: Pick<SshdState, "program" | "pidFile">,
  programs: Exec,
): Promise<Fate> {
  const told = pidFile !== undefined && pidFile !== "none";
  let missing: readonly string[] = [];
  for (const end = Date.now() + WAIT.all; Date.now() < end; ) {
    const now = await findSshd(program ?? "", pidFile, programs);
    if (now.kind === "service" || now.kind === "process") {
      missing = missingNow(before, now.process.pid);
      if (missing.length === 0 && isUpToDate(now.process, words, changedAt, !told)) return { kind: "read" };
    }
    const gone = keepsProcess && before.pid !== undefined && !isThere(`/proc/${before.pid}`);
    if (gone || (now.kind === "idle" && now.down?.state === "failed")) return { kind: "ended", said: saidOf(now) };
    await pause(WAIT.each);
  }
  const now = await findSshd(program ?? "", pidFile, programs);
  if (now.kind !== "service" && now.kind !== "process" && now.kind !== "unknown")
    return { kind: "ended", said: saidOf(now) };
  return missing.length === 0 ? { kind: "not-seen" } : { kind: "deaf", said: missing.join(", ") };
}

const saidOf = (now: SshdProcess): string =>
  now.kind === "idle" && now.down !== undefined ? `${now.down.unit} is ${now.down.state}` : "its process is gone";

function missingNow({ listens }: Before, pid: number): readonly string[] {
  const now = listens === undefined ? undefined : listeningOf(pid);
  return now === undefined || listens === undefined ? [] : listens.filter((one) => !now.includes(one));
}
