/**
 * Why the running sshd is not reloaded here, although it has not read its files: others have changed them, too, it would not
 * start again, a reload may not reach it, or an administrator has forbidden it.
 */
import { type Exec, failureOf } from "../inspect/exec.ts";
import { absentAddresses, addressOf } from "../inspect/listening.ts";
import { hasSameOptions, type ReloadInput, type ReloadPlan } from "../inspect/reload-plan.ts";
import type { SshdProcess } from "../inspect/sshd-process.ts";
import type { SshdState } from "./inspect.ts";
import type { Pending } from "./pending.ts";
import type { Before } from "./survival.ts";
import { isKnown } from "./verify.ts";

/** An sshd that a reload or a restart can end. */
export type LiveSshd = SshdProcess & { kind: "service" | "process" };

/** A reload or a restart that is about to be made. */
export interface Reload {
  readonly running: LiveSshd;
  readonly needed: ReloadInput;
  readonly steps: ReloadPlan;
  readonly before: Before;
}

export interface ReloadFlaw {
  readonly why: "others" | "would-end" | "unsure" | "ends-connections" | "policy";
  readonly said?: string;
}

type Sshd = Pick<SshdState, "program" | "answer">;

/** @param others changes by others that sshd has not read */
export async function reloadFlaw(
  { running, steps: { by }, needed: { words }, before }: Reload,
  others: Pending | undefined,
  sshd: Sshd,
  programs: Exec,
): Promise<ReloadFlaw | undefined> {
  const ending = await restartFlaw(running, words, before, sshd, programs);
  if (others !== undefined) return { why: "others", said: pendingWords(others, ending) };
  if (ending !== undefined) return { why: "would-end", said: ending };
  if (running.kind === "process" && !(running.verified && hasSameOptions(running.process, words)))
    return { why: "unsure" };
  if (running.kind === "service" && by === "restart" && !running.keepsConnections) return { why: "ends-connections" };
  const isAllowed =
    running.kind === "process"
      ? await mayDo("reload", "ssh", programs)
      : await mayDo(by, running.unit.replace(/\.service$/, ""), programs);
  return isAllowed ? undefined : { why: "policy" };
}

/**
 * Returns why sshd would not start again. The host keys of a running sshd may be gone from the disk, so `sshd -t` runs once
 * more, with nothing provided for it. Its addresses may be gone from the machine, too, which `-t` does not check.
 */
async function restartFlaw(
  running: LiveSshd,
  words: readonly string[],
  before: Before,
  { program, answer }: Sshd,
  programs: Exec,
): Promise<string | undefined> {
  const failure = failureOf("sshd -t", await programs.run(program ?? "sshd", ["-t", ...words]));
  if (failure !== undefined) return failure;
  if (running.kind === "process" && running.fromSocketUnit === true)
    return "its sockets came from a socket unit that no longer exists, and it would lose them on a signal: restart it";
  // If a socket unit is in front of sshd, systemd listens.
  const isBehindSocket = running.kind === "service" && running.socket !== undefined;
  return isKnown(answer) && !isBehindSocket ? addressFlaw(answer.values.get("listenaddress") ?? [], before) : undefined;
}

/** sshd starts if it can bind one of its addresses, but the ports on which it listens now must not be lost. */
async function addressFlaw(configured: readonly string[], { listens }: Before): Promise<string | undefined> {
  const absent = await absentAddresses(configured);
  const isEveryAbsent = configured.length > 0 && configured.every((value) => absent.includes(addressOf(value)));
  const lost = absent.filter((address) => isEveryAbsent || listens?.some((one) => addressOf(one) === address));
  return lost.length === 0 ? undefined : `ListenAddress ${lost.join(", ")} is not an address of this machine now`;
}

function pendingWords({ paths, readAt }: Pending, ending: string | undefined): string {
  const pending = `${paths.join(", ")}, since ${readAt.toISOString().slice(0, 19)}Z`;
  return ending === undefined ? pending : `${pending}; and sshd would end: ${ending}`;
}

/** Asks Debian's policy-rc.d(8): an administrator or image builder uses it to restrict what packages do to services. */
async function mayDo(action: string, service: string, programs: Exec): Promise<boolean> {
  const policy = programs.find("policy-rc.d");
  if (policy === undefined) return true;
  const { status } = await programs.run(policy, [service, action]);
  // 101: forbidden; 102 and 103: it could not decide.
  return status !== undefined && ![101, 102, 103].includes(status);
}
