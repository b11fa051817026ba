/**
 * The audit: the events that a call writes to the host's log. events.ts defines the events, log.ts formats them (the only
 * file that imports pino), syslog.ts and journal.ts write them. This directory verifies nothing and prints nothing. It is
 * not loaded for a login without anything to record.
 */
import type { AuditEvent } from "./events.ts";
import { toJournal } from "./journal.ts";
import { linesOf } from "./log.ts";
import { toSyslog, type WriteOptions } from "./syslog.ts";

export { chainedCommandEvent, eventOfFault, eventsOfAnswer, textOf, trialEvent, withCount } from "./events.ts";
export { linesOf } from "./log.ts";

export interface AuditSettings {
  readonly target: "syslog" | "journal" | "none";
  readonly format: "text" | "json";
  /** Whether keys are withheld if their record cannot be written. */
  readonly required: boolean;
}

/** @throws Error with a message of one sentence if the events could not be written to the log */
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
