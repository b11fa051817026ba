/**
 * The audit: what a call leaves in the host's log. In this room: which events there are (events), what they look like
 * (log, the one door to pino), and how they reach the log (syslog, journal). It judges nothing and prints nothing.
 * A login without anything to record never loads it.
 */
import type { AuditEvent } from "./events.ts";
import { toJournal } from "./journal.ts";
import { linesOf } from "./log.ts";
import { toSyslog, type WriteOptions } from "./syslog.ts";

export { chainedCommandEvent, eventOfFault, eventsOfAnswer, textOf, withCount } from "./events.ts";
export { linesOf } from "./log.ts";

export interface AuditSettings {
  readonly target: "syslog" | "journal" | "none";
  readonly format: "text" | "json";
  /** No record, no key. */
  readonly required: boolean;
}

/** @throws Error where the events could not be written to the log, in one sentence */
export async function record(
  events: readonly AuditEvent[],
  { target, format }: AuditSettings,
  now: Date,
  hold: WriteOptions,
): Promise<void> {
  if (events.length === 0 || target === "none") return;
  const lines = linesOf(events, format, now);
  await (target === "syslog" ? toSyslog(lines, hold) : toJournal(lines, hold));
}
