/**
 * Decides which entries of the journal count. A local user can write any text under any name, so only fields count that the
 * journal itself sets (systemd.journal-fields(7), "Trusted Journal Fields"): sshd's lines are those of root's process, and
 * records are those of the service's unit or of the user as whom sshd runs the one-shot program. Pure.
 */
import { type Entry, MAX_MESSAGE } from "./entry.ts";

/** Names of sshd's processes: since OpenSSH 9.8 a connection has sshd-session, since 10.0 sshd-auth before the login. */
export const SSHD_NAMES: readonly string[] = ["sshd", "sshd-session", "sshd-auth"];
export const UNIT = "eic-agent.service";
export const IDENTIFIER = "eic-agent";
/** The program itself (`[audit] target = "journal"`), and logger(1), which it runs otherwise. */
const RECORDERS: ReadonlySet<string> = new Set(["eic-agent", "logger"]);

/** The fields that are needed, for `--output-fields`; the addresses (`__…`) are always there. */
export const FIELDS: readonly string[] = [
  "MESSAGE",
  "SYSLOG_IDENTIFIER",
  "_BOOT_ID",
  "_COMM",
  "_EXE",
  "_PID",
  "_SYSTEMD_UNIT",
  "_UID",
];

/**
 * Parses one line of `journalctl --output=json`.
 * @param recorders user ids as which sshd runs this program
 * @returns undefined for an entry that does not count
 */
export function parseJournalEntry(line: string, recorders: ReadonlySet<number>): Entry | undefined {
  const fields = objectIn(line);
  const text = (name: string): string | undefined => (typeof fields[name] === "string" ? fields[name] : undefined);
  const message = text("MESSAGE");
  const micros = Number(text("__REALTIME_TIMESTAMP") ?? Number.NaN);
  const writer = isSshds(text) ? "sshd" : isOurs(text, recorders) ? "eic-agent" : undefined;
  // A message that is not UTF-8, or a field that an entry has twice, is a list.
  if (message === undefined || message.length > MAX_MESSAGE || Number.isNaN(micros) || writer === undefined)
    return undefined;
  const [pid, uptime] = [Number(text("_PID") ?? Number.NaN), Number(text("__MONOTONIC_TIMESTAMP") ?? Number.NaN)];
  return {
    at: Math.floor(micros / 1000),
    uptime: Number.isNaN(uptime) ? undefined : uptime / 1000,
    boot: text("_BOOT_ID"),
    writer,
    pid: Number.isNaN(pid) ? undefined : pid,
    message,
  };
}

type Field = (name: string) => string | undefined;

/**
 * Checks for a line of sshd. The identifier alone would not do: a program that runs as root for a user, such as su, can be
 * called by the name of sshd. A process that ended at once has neither `_EXE` nor `_COMM`; its user is from the kernel.
 */
function isSshds(field: Field): boolean {
  if (field("_UID") !== "0" || !SSHD_NAMES.includes(field("SYSLOG_IDENTIFIER") ?? "")) return false;
  const program = programOf(field);
  return program === undefined || SSHD_NAMES.includes(program);
}

function isOurs(field: Field, recorders: ReadonlySet<number>): boolean {
  if (field("_SYSTEMD_UNIT") === UNIT) return true;
  const uid = field("_UID");
  if (uid === undefined || !recorders.has(Number(uid)) || field("SYSLOG_IDENTIFIER") !== IDENTIFIER) return false;
  const program = programOf(field);
  return program === undefined || RECORDERS.has(program);
}

/** Returns the name of the program's file; after an upgrade the file of a running program is deleted. */
function programOf(field: Field): string | undefined {
  const path = field("_EXE");
  return path === undefined ? field("_COMM") : path.replace(/ \(deleted\)$/, "").replace(/^.*\//, "");
}

function objectIn(line: string): Record<string, unknown> {
  try {
    return line.startsWith("{") ? (JSON.parse(line) as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
