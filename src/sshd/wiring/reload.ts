/**
 * Tells the sshd that runs, and waits until it shows that it has read its files. Only ever after `sshd -t`: a reload with a
 * broken configuration ends sshd.
 */
import { setTimeout as pause } from "node:timers/promises";
import { asCommand, isStartedAlike, isUpToDate, type Needed, stepsFor } from "../effect.ts";
import type { Programs } from "../programs.ts";
import { lookAtRunning, type Running } from "../running.ts";
import type { Look } from "./look.ts";

export type Effect =
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
        | "policy"
        | "failed"
        | "would-end"
        | "unsure"
        | "ends-connections"
        | "not-seen"
        | "unknown";
      readonly said: string;
    };

/** @param wanted false with --no-reload */
export async function takeEffect(
  needed: Needed,
  wanted: boolean,
  sshd: Pick<Look, "program" | "pidFile">,
  programs: Programs,
): Promise<Effect> {
  const { running } = needed;
  const steps = stepsFor(needed);
  if (steps === undefined) return settled(running);
  const toDo = (why: (Effect & { kind: "to-do" })["why"], said = ""): Effect => ({
    kind: "to-do",
    command: asCommand(steps),
    why,
    said,
  });
  if (!wanted) return toDo("not-wanted");
  if (running.kind === "unknown") return toDo("unknown", running.message);
  const flaw = running.kind === "process" || running.kind === "service" ? await wouldEnd(needed, sshd, programs) : "";
  if (flaw !== "") return toDo("would-end", flaw);
  if (running.kind === "process") {
    if (!running.sure || !isStartedAlike(running.process, needed.words)) return toDo("unsure");
    if (await isForbidden("ssh", "reload", programs)) return toDo("policy");
    process.kill(running.process.pid, "SIGHUP");
    return (await isRead(needed, sshd, programs)) ? { kind: "now", by: "signal" } : toDo("not-seen");
  }
  if (running.kind === "service") {
    if (steps.by === "restart" && !running.gentle) return toDo("ends-connections");
    const name = running.unit.replace(/\.service$/, "");
    if (await isForbidden(name, steps.by, programs)) return toDo("policy");
  }
  const restarted = running.kind === "service" && steps.by === "restart" ? running.unit : undefined;
  const systemctl = async (...words: string[]) => programs.run(programs.find("systemctl") ?? "systemctl", words);
  // systemd counts starts, and ends a service for good that was restarted too often: a package's scripts come in a row.
  if (restarted !== undefined) await systemctl("reset-failed", restarted);
  for (const [, ...words] of steps.commands) {
    const { status, failed, stderr } = await systemctl(...words);
    if (status === 0) continue;
    // It ran before, and sshd accepts its configuration: it is not left ended.
    if (restarted !== undefined) await systemctl("start", restarted);
    return toDo("failed", failed ?? stderr.trim().split("\n", 1)[0] ?? "");
  }
  if (running.kind !== "service") return settled(running);
  return (await isRead(needed, sshd, programs)) ? { kind: "now", by: steps.by } : toDo("not-seen");
}

/**
 * Why sshd would not come back: a running one serves with host keys that may be gone from the disk. So `sshd -t` once more,
 * with nothing lent to it.
 */
async function wouldEnd({ words }: Needed, { program }: Pick<Look, "program">, programs: Programs): Promise<string> {
  const { status, failed, stderr } = await programs.run(program ?? "sshd", ["-t", ...words]);
  return status === 0 ? "" : (failed ?? stderr.trim().split("\n", 1)[0] ?? "");
}

function settled(running: Running): Effect {
  if (running.kind === "per-connection") return { kind: "now", by: "each-connection" };
  if (running.kind === "service" || running.kind === "process") return { kind: "now", by: "already" };
  return { kind: "at-start", socket: running.kind === "idle" ? running.socket : undefined };
}

/** Milliseconds: sshd starts in far less; a busy machine gets its time. */
const WAIT = { all: 10_000, each: 50 } as const;

/** Waits until the process says by its pid file that it has read its files since. Where it has none, nothing can be seen. */
async function isRead(
  { changedAt, words }: Needed,
  { program, pidFile }: Pick<Look, "program" | "pidFile">,
  programs: Programs,
): Promise<boolean> {
  const told = pidFile !== undefined && pidFile !== "none";
  for (let left: number = WAIT.all; left > 0; left -= WAIT.each) {
    const now = await lookAtRunning(program ?? "", pidFile, programs);
    if (now.kind === "service" || now.kind === "process") {
      if (isUpToDate(now.process, words, changedAt, !told)) return true;
    }
    await pause(WAIT.each);
  }
  return false;
}

/** Debian's policy-rc.d(8): what an administrator, or who builds an image, lets packages do to services. */
async function isForbidden(service: string, action: string, programs: Programs): Promise<boolean> {
  const policy = programs.find("policy-rc.d");
  if (policy === undefined) return false;
  const { status } = await programs.run(policy, [service, action]);
  // 101 forbidden; 102 and 103 that it could not say.
  return status === undefined || [101, 102, 103].includes(status);
}
