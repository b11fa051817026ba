/** Reads the journal through one journalctl, which selects the entries by their trusted fields. */
import { spawn } from "node:child_process";
import { accessSync, constants, readdirSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../errno.ts";
import type { Exec } from "../../sshd/inspect/exec.ts";
import type { Entry } from "../entry.ts";
import { FIELDS, IDENTIFIER, parseJournalEntry, SSHD_NAMES, UNIT } from "../journal-entry.ts";
import { RECORD_BEGINNINGS } from "../record.ts";
import { SSHD_BEGINNINGS } from "../sshd-line.ts";
import { LineScanner, NEEDLES } from "./line-scanner.ts";

/** Whether the journal has entries that count, has others only, may not be read by this user, or does not exist. */
export type JournalState = "usable" | "empty" | "closed" | "none";

/** Matches: fields in one group must all match, fields of one name are alternatives, `+` separates groups. */
function matchesFor(recorders: Iterable<number>): string[] {
  const sshd = ["_UID=0", ...SSHD_NAMES.map((name) => `SYSLOG_IDENTIFIER=${name}`)];
  return [...sshd, "+", ...recordMatches(recorders)];
}

/** The part of them for the records of this program, by the service and by one-shot programs of these users. */
export function recordMatches(recorders: Iterable<number>): string[] {
  const own = [...recorders].flatMap((uid) => ["+", `_UID=${uid}`, `SYSLOG_IDENTIFIER=${IDENTIFIER}`]);
  return [`_SYSTEMD_UNIT=${UNIT}`, ...own];
}

/** Folders of the journal: one folder for each machine, in memory or kept. */
const JOURNALS = ["/run/log/journal", "/var/log/journal"];

export async function journalState(programs: Exec, recorders: ReadonlySet<number>): Promise<JournalState> {
  const journalctl = programs.find("journalctl");
  const files = JOURNALS.flatMap(systemFilesIn);
  if (journalctl === undefined || files.length === 0) return "none";
  // journalctl itself shows a user who may read no file an empty journal, and not every version says so.
  if (!files.some(({ readable }) => readable)) return "closed";
  const words = ["--no-pager", "--output", "json", "--lines", "1", ...matchesFor(recorders)];
  const { stdout } = await programs.run(journalctl, words);
  return stdout.startsWith("{") ? "usable" : "empty";
}

/** Returns the files with the entries of the system; users have others of their entries, which they may read. */
function systemFilesIn(folder: string): { readonly readable: boolean }[] {
  return namesIn(folder).flatMap((machine) => {
    try {
      const files = readdirSync(join(folder, machine)).filter((file) => /^system.*\.journal$/.test(file));
      return files.map((file) => ({ readable: isReadable(join(folder, machine, file)) }));
    } catch (error) {
      // A journal in memory is in a folder that other users may not list.
      return codeOf(error) === "EACCES" ? [{ readable: false }] : [];
    }
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Returns the time of the journal's oldest entry; undefined if it is not known. */
export function journalBegin(journalctl: string): Promise<Date | undefined> {
  const { promise, resolve } = Promise.withResolvers<Date | undefined>();
  const child = start(journalctl, ["--no-pager", "--quiet", "--output", "json", "--output-fields", "_BOOT_ID"]);
  let said = "";
  child.stdout.setEncoding("latin1").on("data", (text: string) => {
    said += text;
    // The first line is enough, of possibly millions.
    if (said.includes("\n")) child.kill("SIGKILL");
  });
  child.once("error", () => resolve(undefined));
  child.once("close", () => {
    const micros = /"__REALTIME_TIMESTAMP" ?: ?"(\d+)"/.exec(said)?.[1];
    resolve(micros === undefined ? undefined : new Date(Number(micros) / 1000));
  });
  return promise;
}

const start = (journalctl: string, words: readonly string[]) =>
  spawn(journalctl, words, {
    cwd: "/",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
    stdio: ["ignore", "pipe", "pipe"],
  });

export interface JournalRequest {
  readonly journalctl: string;
  readonly recorders: ReadonlySet<number>;
  readonly since: Date;
}

/**
 * Reads all entries since a time.
 * @throws Error with the last line of journalctl's messages if it fails
 */
export async function readJournal(request: JournalRequest, onEntry: (entry: Entry) => void): Promise<void> {
  const result = await run(request, onEntry, true);
  // journalctl without PCRE2 prints entries only without --grep.
  if (!result.ended && !result.read && /pattern matching/i.test(result.said))
    return check(await run(request, onEntry, false));
  check(result);
}

interface Result {
  /** Whether it ended with 0; with --grep, 1 means that nothing matched. */
  readonly ended: boolean;
  readonly read: boolean;
  readonly said: string;
}

function check({ ended, said }: Result): void {
  if (!ended) throw new Error(said === "" ? "journalctl failed and printed no reason" : said);
}

const GREP = `^(${SSHD_BEGINNINGS}|${RECORD_BEGINNINGS})`;

async function run(
  { journalctl, recorders, since }: JournalRequest,
  onEntry: (entry: Entry) => void,
  grep: boolean,
): Promise<Result> {
  const words = [
    ...["--no-pager", "--quiet", "--all", "--output", "json", "--output-fields", FIELDS.join(",")],
    `--since=@${Math.max(0, Math.floor(since.getTime() / 1000))}`,
    ...(grep ? ["--case-sensitive=true", `--grep=${GREP}`] : []),
    ...matchesFor(recorders),
  ];
  const child = start(journalctl, words);
  let read = false;
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4096);
  });
  const status = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const scanner = new LineScanner((line) => {
    read = true;
    const entry = parseJournalEntry(line, recorders);
    if (entry !== undefined) onEntry(entry);
  }, NEEDLES);
  child.stdout.on("data", (chunk: Buffer) => scanner.push(chunk));
  const code = await status;
  scanner.end();
  const nothing = grep && code === 1 && said.trim() === "";
  return { ended: code === 0 || nothing, read, said: said.trim().split("\n").at(-1) ?? "" };
}
