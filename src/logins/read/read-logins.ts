/** Reads the logins of this host: from the journal if it has sshd's lines, else from the text files of a syslog daemon. */
import { readFileSync, statSync } from "node:fs";
import { codeOrMessage } from "../../errno.ts";
import { lookUpAccount } from "../../sshd/inspect/accounts.ts";
import { effectiveCommand } from "../../sshd/inspect/effective.ts";
import { type Exec, systemPrograms } from "../../sshd/inspect/exec.ts";
import { LoginJoin } from "../join.ts";
import type { Login } from "../login.ts";
import { WINDOW_MS } from "../offers.ts";
import { bootTime, lookAtPresent } from "./host-state.ts";
import { journalBegin, journalState, readJournal } from "./journal.ts";
import { isClosed, LOGIN_LOGS, readTextFile, type TextFile, textFilesOf } from "./text-log.ts";

export interface ReadOptions {
  readonly since: Date;
  /** Whether logins by other means are listed, too. */
  readonly others: boolean;
  readonly now: Date;
  /** Called while a log is read, with the part of its bytes that was read, 0 to 1; undefined if it is not known. */
  readonly onProgress: (log: string, part: number | undefined) => void;
}

export type Source =
  | { readonly kind: "journal" }
  /** Any local user can write lines into these files. */
  | { readonly kind: "files"; readonly files: readonly string[] };

export type ReadResult =
  | {
      readonly kind: "read";
      readonly source: Source;
      readonly logins: readonly Login[];
      readonly notes: readonly string[];
    }
  /** This user may read no log. */
  | { readonly kind: "closed"; readonly what: string; readonly readers: string }
  /** There is no log. */
  | { readonly kind: "none" };

/** The user as whom the packages let sshd run this program. */
const COMMAND_USER = "eic-agent";

export async function readLogins(options: ReadOptions, programs: Exec = systemPrograms): Promise<ReadResult> {
  const recorders = await recordersOf(programs);
  const state = await journalState(programs, recorders);
  if (state === "usable") return fromJournal(options, programs, recorders);
  for (const log of LOGIN_LOGS) {
    if (statSync(log, { throwIfNoEntry: false }) !== undefined) return fromFiles(log, options);
  }
  if (state === "empty") return fromJournal(options, programs, recorders);
  return state === "closed" ? { kind: "closed", what: "the journal", readers: JOURNAL_READERS } : { kind: "none" };
}

const JOURNAL_READERS = "root and by members of the groups systemd-journal and adm";

/** Returns the user ids as which sshd runs this program: also the user of a chained command, which root can find out. */
export async function recordersOf(programs: Exec): Promise<ReadonlySet<number>> {
  const command = programs.root ? await effectiveCommand({}, programs) : undefined;
  const user = command?.kind === "known" ? command.user : undefined;
  const names = new Set([COMMAND_USER, ...(user === undefined ? [] : [user])]);
  const accounts = await Promise.all([...names].map((name) => lookUpAccount(name, programs)));
  return new Set(accounts.flatMap((account) => (account?.found === undefined ? [] : [account.found.uid])));
}

async function fromJournal(options: ReadOptions, programs: Exec, recorders: ReadonlySet<number>): Promise<ReadResult> {
  const journalctl = programs.find("journalctl") ?? "journalctl";
  const join = new LoginJoin({ others: options.others, bootAt: 0 });
  options.onProgress("the journal", undefined);
  const [begin] = await Promise.all([
    journalBegin(journalctl),
    readJournal({ journalctl, recorders, since: earliest(options) }, (entry) => join.add(entry)),
  ]);
  return { kind: "read", source: { kind: "journal" }, logins: finish(join, options), notes: lateBegin(begin, options) };
}

/** Milliseconds from the start of a boot, or from the time of `--since`, in which a journal begins as expected. */
const BEGIN_MS = 60_000;

/** Says if the journal does not reach back far enough; it is often kept in memory only, and text files longer. */
function lateBegin(begin: Date | undefined, { since }: ReadOptions): string[] {
  if (begin === undefined || begin.getTime() - since.getTime() < BEGIN_MS) return [];
  const log = LOGIN_LOGS.find((path) => statSync(path, { throwIfNoEntry: false }) !== undefined);
  const where =
    log === undefined ? "earlier logins are not known" : `earlier logins may be in ${log}, which was not read`;
  return [`the journal begins at ${begin.toISOString().slice(0, 19)}Z; ${where}`];
}

async function fromFiles(log: string, options: ReadOptions): Promise<ReadResult> {
  const since = earliest(options);
  const started = () => new LoginJoin({ others: options.others, bootAt: bootTime() });
  let join = started();
  let bytes = 0;
  const read: string[] = [];
  const { files, skipped } = textFilesOf(log, since);
  const notes = skipped.map((path) => `${path} is not read: only gzip is`);
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  const reader = {
    onEntry: (entry: Parameters<LoginJoin["add"]>[0]) => {
      if (entry.at >= since.getTime()) join.add(entry);
    },
    onReset: () => {
      join = started();
    },
    onProgress: (more: number) => {
      bytes += more;
      options.onProgress(log, bytes / total);
    },
  };
  for (const file of files) {
    try {
      await readTextFile(file, reader);
      read.push(file.path);
    } catch (error) {
      if (isClosed(error) && file.path === log) return { kind: "closed", what: log, readers: readersOf(log) };
      // Renamed in the meantime by logrotate, or broken: what can be read is shown.
      notes.push(`${file.path} could not be read to its end (${codeOrMessage(error)})`);
    }
  }
  return { kind: "read", source: { kind: "files", files: read }, logins: finish(join, options), notes };
}

/** Returns the time from which a log is read: the record of a login is up to two minutes older. */
const earliest = ({ since }: ReadOptions): Date => new Date(Math.max(0, since.getTime() - WINDOW_MS));

const finish = (join: LoginJoin, { since, now }: ReadOptions): Login[] =>
  join.finish(lookAtPresent(now)).filter(({ at }) => at >= since.getTime());

/** Names the users who may read a file. */
function readersOf(path: TextFile["path"]): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  const group = stats !== undefined && (stats.mode & 0o040) !== 0 ? groupName(stats.gid) : undefined;
  return group === undefined || group === "root" ? "root" : `root and by members of the group ${group}`;
}

function groupName(gid: number): string | undefined {
  try {
    const rows = readFileSync("/etc/group", "latin1").split("\n");
    return rows.map((row) => row.split(":")).find(([, , id]) => id === String(gid))?.[0];
  } catch {
    return undefined;
  }
}
