/** The present state of the host, by which a login without an end in the log is in session or not: processes and logind. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { LogTime } from "../entry.ts";
import type { Present } from "../join.ts";
import { SSHD_NAMES } from "../journal-entry.ts";

const LOGIND = "/run/systemd/sessions";
/** Milliseconds of a clock tick in /proc; USER_HZ is 100 on x86-64 and arm64. */
const TICK_MS = 10;
/** Milliseconds by which a process may seem to be younger than its line in the log. */
const SLACK_MS = 2000;

/** Returns the start of this boot, in milliseconds since the epoch by the clock of now; 0 if it is not known. */
export function bootTime(): number {
  const seconds = /^btime (\d+)$/m.exec(textOf("/proc/stat") ?? "")?.[1];
  return seconds === undefined ? 0 : Number(seconds) * 1000;
}

export function lookAtPresent(now: Date): Present {
  const sessions = logindSessions();
  const bootAt = bootTime();
  // Without it, the processes of other users are hidden (hidepid), and an absent process means nothing.
  const isVisible = existsSync("/proc/1/stat");
  return {
    now: { at: now.getTime(), uptime: Number(process.hrtime.bigint() / 1_000_000n), boot: bootId() },
    isAlive: (pid, start) => (isVisible ? isSshd(pid, start, bootAt) : undefined),
    sessionOf: (pid) => sessions.get(pid),
  };
}

/** Checks for a process of sshd that is at least as old as its line: the id may belong to another process now. */
function isSshd(pid: number, { at, uptime }: LogTime, bootAt: number): boolean {
  // The name is in parentheses and may contain any character; the state follows it, and the start is 19 fields later.
  const [, name = "", rest = ""] = /^\d+ \((.*)\) (.*)$/s.exec(textOf(`/proc/${pid}/stat`) ?? "") ?? [];
  const fields = rest.split(" ");
  const started = Number(fields[19] ?? Number.NaN) * TICK_MS;
  if (!SSHD_NAMES.includes(name) || Number.isNaN(started) || fields[0] === "Z") return false;
  return started <= (uptime ?? at - bootAt) + SLACK_MS;
}

/** Returns logind's sessions by the process that opened them, for sshd its monitor. */
function logindSessions(): ReadonlyMap<number, string> {
  try {
    const files = readdirSync(LOGIND).filter((file) => /^[A-Za-z0-9]{1,20}$/.test(file));
    return new Map(
      files.flatMap((file) => {
        const leader = /^LEADER=(\d+)$/m.exec(textOf(`${LOGIND}/${file}`) ?? "")?.[1];
        return leader === undefined ? [] : [[Number(leader), file] as const];
      }),
    );
  } catch {
    return new Map();
  }
}

/** Returns the id of this boot in the form of the journal. */
const bootId = (): string | undefined => textOf("/proc/sys/kernel/random/boot_id")?.trim().replaceAll("-", "");

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
