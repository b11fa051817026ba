/**
 * Parses the lines of a text log as rsyslog and syslog-ng write them, `TIME HOST TAG[PID]: MESSAGE`, with either of the two
 * forms of a time. Pure.
 */
import { type Entry, MAX_MESSAGE } from "./entry.ts";

const LINE =
  /^(\d{4}-\d\d-\d\dT\S{8,30}|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) \S+ (eic-agent|sshd|sshd-session|sshd-auth)(?:\[(\d{1,10})\])?: (.*)$/;
/** rsyslog's `RepeatedMsgReduction`, which Ubuntu had by default: the message again, the number of its repetitions in front. */
const REPEATED = /^message repeated \d+ times: \[ ?(.*)\]$/;

/**
 * Parses a line of this program or of sshd.
 * @param newest the latest possible time of the line, from which the year follows if the line has none
 * @returns undefined for a line of any other program, or without a valid time
 */
export function parseSyslogLine(line: string, newest: Date): Entry | undefined {
  const [, time = "", tag, pid, text = ""] = LINE.exec(line) ?? [];
  if (tag === undefined || text.length > MAX_MESSAGE) return undefined;
  const at = timeIn(time, newest);
  if (at === undefined) return undefined;
  const message = REPEATED.exec(text)?.[1] ?? text;
  const writer = tag === "eic-agent" ? "eic-agent" : "sshd";
  return { at, writer, pid: pid === undefined ? undefined : Number(pid), message };
}

/** Milliseconds. A line may be this far ahead of its file's last change: zones, and clocks that were set. */
const AHEAD_MS = 86_400_000;

/**
 * Returns milliseconds since the epoch.
 * @param text RFC 3339, or `Nov  2 03:04:05`: local time without a year, which is then the last year in which it is not after
 *   `newest`. February 29 is only in a leap year.
 */
export function timeIn(text: string, newest: Date): number | undefined {
  if (/^\d/.test(text)) return known(Date.parse(text));
  const [month = "", date = "", clock = ""] = text.split(/ +/);
  for (let year = newest.getFullYear() + 1; year >= newest.getFullYear() - 8; year -= 1) {
    const at = Date.parse(`${month} ${date} ${year} ${clock}`);
    if (Number.isNaN(at)) return undefined;
    if (at <= newest.getTime() + AHEAD_MS && new Date(at).getDate() === Number(date)) return at;
  }
  return undefined;
}

const known = (time: number): number | undefined => (Number.isNaN(time) ? undefined : time);
