/**
 * The log's last line about a call: eic-agent's own record, or sshd's complaint about its command. A problem counts for a
 * day. A newer success clears it, and an older refusal says nothing about a login today. Pure.
 */

import { duration } from "../../cli/text.ts";
import { quoted } from "../../verify/verdict.ts";
import { describeCheck, type Finding } from "../finding.ts";

/** One line of a log. */
export interface Entry {
  /** RFC 3339 if the log has it in that form, else as logged: syslog's own form has neither year nor zone. */
  readonly at: string;
  readonly message: string;
}

export type LastCallFacts =
  | {
      readonly kind: "read";
      readonly from: string;
      /** eic-agent's last record. */
      readonly ours: Entry | undefined;
      /** eic-agent's last record of a key that was passed to sshd. */
      readonly good?: Entry | undefined;
      /** eic-agent's last record of a Fault. */
      readonly fault?: Entry | undefined;
      /** sshd's last complaint about its AuthorizedKeysCommand. */
      readonly sshds: Entry | undefined;
    }
  | { readonly kind: "closed"; readonly from: string }
  | { readonly kind: "none" };

/** Seconds for which a problem is a warning. */
const FRESH_SECONDS = 86_400;
/** Milliseconds: the records of one call may be in any order. */
const SAME_CALL_MS = 1000;

export function judgeLastCall(facts: LastCallFacts, now: Date): Finding {
  const { ok, notApplicable, needsRoot } = describeCheck("last-call");
  if (facts.kind === "none") return notApplicable("not known: this host has neither a journal nor a log file");
  if (facts.kind === "closed") return needsRoot(`reading ${facts.from}`);
  const { ours, sshds, from } = facts;
  const good = facts.good ?? (ours && isGood(ours) ? ours : undefined);
  const [problem] = [sshds, ours && isGood(ours) ? undefined : ours]
    .filter((entry) => entry !== undefined)
    .filter((entry) => good === undefined || !isCleared(entry, good, now))
    .toSorted((a, b) => timeOf(b, now) - timeOf(a, now));
  if (problem !== undefined) return problemFinding(problem, problem === sshds, from, now);
  if (good === undefined) return notApplicable(`no record in ${from}; a login without a pushed key leaves none`);
  return ok(`${ageOf(good, now)}: ${quoted(good.message)}`, { at: good.at, from });
}

function problemFinding(entry: Entry, bySshd: boolean, from: string, now: Date): Finding {
  const { warning, notApplicable } = describeCheck("last-call");
  const message = `${ageOf(entry, now)}: ${bySshd ? "sshd said " : ""}${quoted(entry.message)}`;
  if ((now.getTime() - timeOf(entry, now)) / 1000 > FRESH_SECONDS) {
    return notApplicable(`${message}; older than a day, so it does not count as a current problem`);
  }
  const hint = bySshd
    ? "see the checks of the command above, or: eic-agent explain USER"
    : "to repeat it now: eic-agent explain USER";
  return warning(message, hint, { at: entry.at, from });
}

/**
 * Checks whether a key was passed to sshd after the problem, or in the same call. A time that cannot be parsed clears
 * nothing.
 */
function isCleared(problem: Entry, good: Entry, now: Date): boolean {
  const [at, since] = [readTime(problem.at, now), readTime(good.at, now)];
  return at !== undefined && since !== undefined && since >= at - SAME_CALL_MS;
}

function ageOf({ at }: Entry, now: Date): string {
  const time = readTime(at, now);
  return time === undefined ? at : `${duration(Math.max(0, now.getTime() - time) / 1000)} ago (${at})`;
}

/** Returns the time of an entry; an entry without a time counts as of now. */
const timeOf = ({ at }: Entry, now: Date): number => readTime(at, now) ?? now.getTime();

/** Returns milliseconds since the epoch; undefined if the time cannot be parsed. */
export function readTime(at: string, now: Date): number | undefined {
  if (/^\d{4}-/.test(at)) return known(Date.parse(at));
  // RFC 3164: local time of this year, or of last year if that would be in the future.
  if (!/^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d$/.test(at)) return undefined;
  const [month = "", date = "", time = ""] = at.split(/ +/);
  const inYear = (year: number) => Date.parse(`${month} ${date} ${year} ${time}`);
  const thisYear = inYear(now.getFullYear());
  const ahead = thisYear - now.getTime() > FRESH_SECONDS * 1000;
  return known(ahead ? inYear(now.getFullYear() - 1) : thisYear);
}

const known = (time: number): number | undefined => (Number.isNaN(time) ? undefined : time);

/** Checks for the record, in either format, of a key that was passed to sshd; see docs/audit.md. */
export const isGood = ({ message }: Entry): boolean => eventOf(message) === "key-offered-to-sshd";

/** Checks for the record, in either format, of a call that could not be answered. */
export const isFault = ({ message }: Entry): boolean => eventOf(message) === "fault";

function eventOf(record: string): unknown {
  if (!record.startsWith("{")) return record.split(" ", 1)[0];
  try {
    return (JSON.parse(record) as { event?: unknown }).event;
  } catch {
    return undefined;
  }
}
