/**
 * Times of the last key that was passed to sshd and of the last Fault, from the log: it outlives the service, which ends
 * after five minutes without a call, and has the records of one-shot programs, too.
 */
import { parseJournalEntry } from "../../logins/journal-entry.ts";
import { journalState, recordMatches } from "../../logins/read/journal.ts";
import { recordersOf } from "../../logins/read/read-logins.ts";
import { type Exec, systemPrograms } from "../../sshd/inspect/exec.ts";
import { isFault, isGood, readTime } from "../check/last-call.ts";
import { lookAtLastCall } from "./system.ts";

/** Undefined: the log has no such record, or cannot be read. */
export interface LastRecords {
  readonly key: Date | undefined;
  readonly fault: Date | undefined;
}

const EVENTS = { key: { name: "key-offered-to-sshd", is: isGood }, fault: { name: "fault", is: isFault } } as const;

/** How many of the newest records are searched if journalctl cannot search itself, as it is built without PCRE2. */
const RECENT = 1000;

export async function lookAtLastRecords(now: Date, programs: Exec = systemPrograms): Promise<LastRecords> {
  const journalctl = programs.find("journalctl");
  const recorders = await recordersOf(programs);
  const state = await journalState(programs, recorders);
  if (journalctl === undefined || state === "closed" || state === "none") return inTextLog(now, programs);
  const last = (event: keyof typeof EVENTS) => lastInJournal(EVENTS[event], journalctl, recorders, programs);
  const [key, fault] = [await last("key"), await last("fault")];
  return key === undefined && fault === undefined ? inTextLog(now, programs) : { key, fault };
}

async function lastInJournal(
  { name, is }: (typeof EVENTS)[keyof typeof EVENTS],
  journalctl: string,
  recorders: ReadonlySet<number>,
  programs: Exec,
): Promise<Date | undefined> {
  const ask = (...words: string[]) =>
    programs.run(journalctl, [
      ...["--no-pager", "--quiet", "--all", "--output", "json", "--reverse"],
      ...words,
      ...recordMatches(recorders),
    ]);
  const grep = `^(${name} |\\{.*"event": ?"${name}")`;
  const found = await ask("--lines", "1", "--case-sensitive=true", `--grep=${grep}`);
  const { stdout } = /pattern matching/i.test(found.stderr) ? await ask("--lines", String(RECENT)) : found;
  const entries = stdout.split("\n").flatMap((line) => parseJournalEntry(line, recorders) ?? []);
  const newest = entries.find(({ message }) => is({ at: "", message }));
  return newest && new Date(newest.at);
}

/** Also if the journal has no record, as with `[audit] target = "syslog"` and a syslog daemon that does not pass it on. */
async function inTextLog(now: Date, programs: Exec): Promise<LastRecords> {
  const facts = await lookAtLastCall(programs);
  if (facts.kind !== "read") return { key: undefined, fault: undefined };
  const timeOf = (at: string | undefined) => {
    const time = at === undefined ? undefined : readTime(at, now);
    return time === undefined ? undefined : new Date(time);
  };
  return { key: timeOf(facts.good?.at), fault: timeOf(facts.fault?.at) };
}
