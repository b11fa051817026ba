/**
 * The running sshd: the service that it belongs to, how it was started, and when it last read its files. systemd is asked if
 * it runs this system. Otherwise the pid file is used; `verified` says whether its process proves to be this system's sshd.
 */
import { readFileSync, statSync } from "node:fs";
import type { Exec } from "./exec.ts";
import { listeningOf } from "./listening.ts";
import { isChroot, isSame, isThere, type Properties, showUnits, systemctlOf } from "./systemctl.ts";

export interface Process {
  readonly pid: number;
  /** Its command line as the process shows it: words joined by a space. */
  readonly line: string;
  /** When it last read its files: sshd writes its pid file then, and removes it before it reads them anew. */
  readonly readAt: Date | undefined;
}

export interface Down {
  readonly unit: string;
  readonly state: "failed" | "stopped";
}

export type SshdProcess =
  /** No system runs here: an image build, a chroot, a container without an init. */
  | { readonly kind: "no-system" }
  /** No process to reload: sshd starts with the files as they are then. With `socket`: at the next connection. */
  | {
      readonly kind: "idle";
      readonly socket: string | undefined;
      readonly needsDaemonReload: boolean;
      /** An enabled unit that should be running but is not: no user can log in. */
      readonly down?: Down | undefined;
    }
  /** One process for each connection, which reads the files anew. */
  | { readonly kind: "per-connection"; readonly socket: string; readonly needsDaemonReload: boolean }
  | {
      readonly kind: "service";
      readonly unit: string;
      /** The socket unit in front of sshd: a reload would end sshd. */
      readonly socket: string | undefined;
      /**
       * True if a socket unit that has been stopped since made its sockets. After a signal, sshd would still hold them when
       * it starts anew, and fail to bind them: a reload ends sshd.
       */
      readonly fromSocketUnit?: boolean;
      readonly process: Process;
      /** Whether open connections survive a restart. */
      readonly keepsConnections: boolean;
      /** Whether systemd has not read the unit's files as they are now. */
      readonly needsDaemonReload: boolean;
    }
  /** A process that belongs to no systemd unit. `fromSocketUnit`: as for a service. */
  | {
      readonly kind: "process";
      readonly process: Process;
      readonly verified: boolean;
      readonly fromSocketUnit?: boolean;
    }
  | { readonly kind: "unknown"; readonly message: string };

/** Returns the sshd that listens; undefined if none runs, or it is not known. */
export const processIn = (running: SshdProcess): Process | undefined =>
  running.kind === "service" || running.kind === "process" ? running.process : undefined;

const UNITS = ["ssh.service", "sshd.service", "ssh.socket", "sshd.socket"];
const PROPERTIES = [
  "Id",
  "ActiveState",
  "SubState",
  "MainPID",
  "KillMode",
  "NeedDaemonReload",
  "Accept",
  "UnitFileState",
  "Job",
];

/**
 * @param sshd the path of the program
 * @param pidFile the path in sshd's configuration; undefined if not known
 */
export async function findSshd(sshd: string, pidFile: string | undefined, programs: Exec): Promise<SshdProcess> {
  if (isChroot()) return { kind: "no-system" };
  const systemctl = systemctlOf(programs);
  if (systemctl === undefined) return byPidFile(sshd, pidFile);
  const units = await showUnits(systemctl, UNITS, PROPERTIES, programs);
  if (typeof units === "string") return { kind: "unknown", message: units };
  const active = units.filter((unit) => unit.get("ActiveState") === "active");
  const socket = active.find((unit) => unit.get("Id")?.endsWith(".socket"));
  const name = socket?.get("Id");
  const needsDaemonReload = units.some((unit) => unit.get("NeedDaemonReload") === "yes");
  const service = active.find((unit) => unit.get("Id")?.endsWith(".service") && Number(unit.get("MainPID")) > 0);
  if (service !== undefined) {
    return {
      kind: "service",
      unit: service.get("Id") ?? "",
      socket: socket?.get("Accept") === "yes" ? undefined : name,
      process: processOf(Number(service.get("MainPID")), pidFile),
      keepsConnections: ["process", "none"].includes(service.get("KillMode") ?? ""),
      needsDaemonReload,
    };
  }
  if (name !== undefined)
    return { kind: socket?.get("Accept") === "yes" ? "per-connection" : "idle", socket: name, needsDaemonReload };
  return unseen(sshd, pidFile) ?? { kind: "idle", socket: undefined, needsDaemonReload, down: downIn(units) };
}

/**
 * Returns an sshd that systemd does not know as one of its units: started by hand, or lost at a `daemon-reload`, as happens
 * with systemd 257 for a service whose sockets came from a socket unit that is gone. The process must prove to be an sshd
 * and must listen: a pid file may be older than the process that has its number now.
 */
function unseen(sshd: string, pidFile: string | undefined): SshdProcess | undefined {
  const running = byPidFile(sshd, pidFile);
  const isOne = running.kind === "process" && running.verified && (listeningOf(running.process.pid) ?? []).length > 0;
  return isOne ? running : undefined;
}

/**
 * Returns an enabled unit that neither runs nor is about to run. During boot, a unit that is still to be started has a job.
 * systemd may wait long between two attempts to start a unit; meanwhile the unit counts as failed.
 */
function downIn(units: readonly Properties[]): Down | undefined {
  const enabled = units.filter((unit) => /^enabled/.test(unit.get("UnitFileState") ?? ""));
  const state = (unit: Properties) => unit.get("ActiveState") ?? "";
  const waits = (unit: Properties) => /^auto-restart/.test(unit.get("SubState") ?? "");
  const coming = units.some(
    (unit) =>
      !["", "0"].includes(unit.get("Job") ?? "") || (/^(activating|reloading)$/.test(state(unit)) && !waits(unit)),
  );
  if (coming) return undefined;
  const failed = units.find((unit) => state(unit) === "failed" || waits(unit));
  const unit = enabled.find((one) => one === failed) ?? enabled[0];
  if (unit === undefined) return undefined;
  return { unit: unit.get("Id") ?? "", state: unit === failed ? "failed" : "stopped" };
}

function processOf(pid: number, pidFile: string | undefined): Process {
  return { pid, line: lineOf(pid), readAt: readAt(pid, pidFile) };
}

/**
 * Returns the command line in a title like `sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups`, which sshd shows in
 * place of its words.
 */
function lineOf(pid: number): string {
  try {
    const shown = readFileSync(`/proc/${pid}/cmdline`, "latin1").replace(/\0+$/, "").replaceAll("\0", " ");
    return shown
      .replace(/^sshd: /, "")
      .replace(/ \[listener\].*$/, "")
      .trimEnd();
  } catch {
    return "";
  }
}

function readAt(pid: number, pidFile: string | undefined): Date | undefined {
  if (pidFile === undefined || pidFile === "none") return undefined;
  try {
    return readFileSync(pidFile, "latin1").trim() === String(pid) ? statSync(pidFile).mtime : undefined;
  } catch {
    return undefined;
  }
}

function byPidFile(sshd: string, pidFile: string | undefined): SshdProcess {
  if (pidFile === undefined || pidFile === "none") return { kind: "no-system" };
  let pid: number;
  try {
    pid = Number(readFileSync(pidFile, "latin1").trim());
  } catch {
    return { kind: "no-system" };
  }
  if (!(Number.isInteger(pid) && pid > 0) || !isThere(`/proc/${pid}`)) return { kind: "no-system" };
  // The pid file may be old: its number may belong to another program by now, or to a process outside of this root.
  const verified = isSame(`/proc/${pid}/exe`, sshd) && isSame(`/proc/${pid}/root/`, "/");
  return { kind: "process", process: processOf(pid, pidFile), verified };
}

/**
 * Returns the settings on the command line of a process, whose word boundaries are lost: an option's value extends to the
 * next option.
 * @returns each option as two words, as settingWords() does
 */
export function settingWordsOf({ line }: Pick<Process, "line">): string[] {
  return [...line.matchAll(/ -([of]) ?(.+?)(?= -[A-Za-z](?: |$)| -[of]|$)/g)].flatMap(([, option, value]) =>
    option === undefined || value === undefined ? [] : [`-${option}`, value],
  );
}
