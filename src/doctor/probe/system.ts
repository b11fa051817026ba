/** Examines the system around sshd: mandatory access control, the log, and its entries. Changes nothing. */
import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { type Exec, systemPrograms } from "../../sshd/inspect/exec.ts";
import type { ConfinementFacts } from "../check/confinement.ts";
import { type Entry, isFault, isGood, type LastCallFacts } from "../check/last-call.ts";
import type { LogFacts } from "../check/log.ts";
import { NOT_ABSOLUTE } from "../check/none-in-match.ts";
import { denialsIn } from "./denials.ts";
import { lookAtSelinux } from "./selinux.ts";

/** Bytes from the end of a log: some thousand lines. */
const TAIL = 512 * 1024;
/** Logs of authpriv, by system. */
const LOGIN_LOGS = ["/var/log/auth.log", "/var/log/secure"];

export async function lookAtConfinement(programs: Exec = systemPrograms): Promise<ConfinementFacts> {
  const profiles = textOf("/sys/kernel/security/apparmor/profiles");
  return {
    ...(await lookAtSelinux(programs)),
    apparmor: textOf("/sys/module/apparmor/parameters/enabled")?.startsWith("Y")
      ? { profiles: profiles?.split("\n").filter((line) => /sshd|eic-agent/.test(line)) }
      : undefined,
    denials: await denialsIn(programs, tailOf),
    root: programs.root,
  };
}

export const lookAtSockets = (): Pick<LogFacts, "logger" | "sockets"> => ({
  logger: statOf("/usr/bin/logger") !== undefined,
  sockets: {
    "/dev/log": socketAt("/dev/log"),
    "/run/systemd/journal/stdout": socketAt("/run/systemd/journal/stdout"),
  },
});

/** Examines a socket. All users must be able to write: sshd runs the command as a user who is in no group. */
function socketAt(path: string): LogFacts["sockets"]["/dev/log"] {
  const stats = statOf(path);
  if (stats === undefined) return "missing";
  if (!stats.isSocket()) return "no-socket";
  return (stats.mode & 0o002) === 0 ? "closed" : "open";
}

/** Reads the journal or, if it has no entry, the files of syslog. */
export async function lookAtLastCall(programs: Exec = systemPrograms): Promise<LastCallFacts> {
  const journalctl = programs.find("journalctl");
  const journal = journalctl === undefined ? undefined : await inJournal(journalctl, programs);
  if (journal?.kind === "read" && (journal.ours ?? journal.sshds) !== undefined) return journal;
  for (const path of LOGIN_LOGS) {
    const lines = tailOf(path);
    if (lines !== undefined) return { kind: "read", from: path, ...lastOf(lines.flatMap(entryOf)) };
    if (statOf(path) !== undefined) return { kind: "closed", from: path };
  }
  return journal ?? { kind: "none" };
}

async function inJournal(journalctl: string, programs: Exec): Promise<LastCallFacts> {
  const ask = (...words: string[]) => programs.run(journalctl, ["--no-pager", "--output", "json", ...words]);
  const [ours, sshds] = await Promise.all([
    ask("-t", "eic-agent", "-n", "200"),
    ask("-t", "sshd", "-t", "sshd-session", "-n", "500"),
  ]);
  if (/No journal files were (found|opened)/.test(ours.stderr) && !/permission/i.test(ours.stderr))
    return { kind: "none" };
  if (/not seeing messages|insufficient permissions/i.test(ours.stderr)) return { kind: "closed", from: "the journal" };
  if (ours.status !== 0) return { kind: "none" };
  const entries = `${ours.stdout}\n${sshds.stdout}`.split("\n").flatMap(journalEntry);
  return { kind: "read", from: "the journal", ...lastOf(entries) };
}

/** Returns sshd's log lines from the journal or, if it has none, from the login log; undefined: neither can be read. */
export async function sshdEntries(programs: Exec = systemPrograms): Promise<readonly Tagged[] | undefined> {
  const journal = await sshdInJournal(programs);
  if (journal !== undefined && journal.length > 0) return journal;
  const file = LOGIN_LOGS.map(tailOf).find((lines) => lines !== undefined);
  return file?.flatMap(entryOf) ?? journal;
}

/** Returns sshd's lines in the journal; undefined if there is no journal, or it cannot be read. */
async function sshdInJournal(programs: Exec): Promise<readonly Tagged[] | undefined> {
  const journalctl = programs.find("journalctl");
  if (journalctl === undefined) return undefined;
  const words = ["--no-pager", "--output", "json", "-t", "sshd", "-t", "sshd-session", "-n", "2000"];
  const { status, stdout, stderr } = await programs.run(journalctl, words);
  const entries = stdout.split("\n").flatMap(journalEntry);
  const isClosed = /No journal files|not seeing messages|insufficient permissions/i.test(stderr);
  return status === 0 && (entries.length > 0 || !isClosed) ? entries : undefined;
}

export type Tagged = Entry & { readonly tag: string };

function journalEntry(line: string): Tagged[] {
  const entry = objectIn(line);
  const { MESSAGE: message, SYSLOG_IDENTIFIER: tag, __REALTIME_TIMESTAMP: at } = entry;
  // A message that is not UTF-8 is a list of numbers, and is not one of the lines searched for.
  if (typeof message !== "string" || typeof tag !== "string" || typeof at !== "string") return [];
  return [{ tag, message, at: new Date(Number(at) / 1000).toISOString() }];
}

function objectIn(line: string): Record<string, unknown> {
  try {
    return line.startsWith("{") ? (JSON.parse(line) as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Parses `TIME HOST TAG[PID]: MESSAGE`, with either of the two time formats. */
function entryOf(line: string): Tagged[] {
  const [, at, tag, message] = /^(\d{4}-\S+|\w{3} [ \d]\d \S+) \S+ ([\w-]+)(?:\[\d+\])?: (.*)$/.exec(line) ?? [];
  return at === undefined || tag === undefined || message === undefined ? [] : [{ at, tag, message }];
}

/** Notices of the warm service about itself, not records of calls: docs/service.md. */
const NOTICE = /^service-(ready|ending|cache-cleared) /;

function lastOf(entries: readonly Tagged[]): Record<"ours" | "good" | "fault" | "sshds", Entry | undefined> {
  const ours = entries.filter(({ tag, message }) => tag === "eic-agent" && !NOTICE.test(message));
  return {
    ours: ours.at(-1),
    good: ours.findLast(isGood),
    fault: ours.findLast(isFault),
    // A line about `none` in a Match block is not a complaint: none-in-match.ts.
    sshds: entries.findLast(
      ({ tag, message }) => /^sshd/.test(tag) && /AuthorizedKeysCommand/.test(message) && !NOT_ABSOLUTE.test(message),
    ),
  };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

function statOf(path: string) {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Returns the last lines of a log; undefined if it is missing or not readable. */
function tailOf(path: string): string[] | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, TAIL));
    const read = readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString("latin1", 0, read).split("\n");
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
