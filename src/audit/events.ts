/**
 * The events that a call writes to the host's log, as data and as text. Pure. This directory never receives a key blob, a
 * token or a whole document. Caller and request id come only from verdicts, which take them from blocks with a verified
 * signature.
 */

import type { Compared } from "../trial/compare.ts";
import type { FaultCode } from "../verify/errors.ts";
import { escapeNonAscii } from "../verify/escape.ts";
import type { Request } from "../verify/evidence.ts";
import { normalizeFingerprint } from "../verify/ssh/authorized-key.ts";
import type { Accepted, Refused, Verdict } from "../verify/verdict.ts";

/** The closed list of events; docs/audit.md has every field of each. */
export type AuditEvent = {
  readonly event: "key-offered-to-sshd" | "key-refused" | "fault" | "chained-command-failed" | "trial-differs";
  /** syslog severity: `info` for expected events. */
  readonly level: "info" | "warning";
  readonly fields: Fields;
};

/** Values by field name, in the order in which they are written. Names are fixed; an attacker may choose any text. */
export type Fields = Readonly<Record<string, string | number>>;

/**
 * Returns one event for each key that is passed to sshd, and one for each refusal of the offered key. Keys that were not
 * offered cause no event. Without a fingerprint from sshd no refusal is recorded, because the offered key is then unknown.
 */
export function eventsOfAnswer(request: Request, verdicts: readonly Verdict[], now: Date): AuditEvent[] {
  const offered = normalizeFingerprint(request.fingerprint);
  const events: AuditEvent[] = [];
  let refused = 0;
  let last = -1;
  for (const verdict of verdicts) {
    if (verdict.kind === "accepted") events.push(keyOffered(request.user, offered, verdict, now));
    else if (offered !== undefined && verdict.refusal.reason !== "another-key") {
      refused += 1;
      if (refused <= MAX_REFUSALS + 1) last = events.push(keyRefused(request.user, offered, verdict)) - 1;
    }
  }
  const rest = events[last];
  if (rest !== undefined && refused > MAX_REFUSALS + 1) events[last] = withCount(rest, refused - MAX_REFUSALS);
  return events;
}

/** Maximum refusals of a call that are recorded one by one. One more event counts the rest, which may be thousands. */
const MAX_REFUSALS = 16;

/** Returns the event for a key that is passed to sshd. Not yet a login: sshd itself logs "Accepted publickey". */
function keyOffered(user: string, offered: string | undefined, verdict: Accepted, now: Date): AuditEvent {
  const { fingerprint, caller, requestId, expires, reported, keyOptions, variables } = verdict;
  const leftOut = variables?.leftOut ?? [];
  return {
    event: "key-offered-to-sshd",
    level: reported === undefined ? "info" : "warning",
    fields: fieldsOf({
      user,
      // In sshd's form if sshd passed one, so that sshd's log line can be found by it.
      fingerprint: offered ?? fingerprint,
      caller,
      request_id: requestId,
      expires: expires.toISOString(),
      seconds_left: Math.floor((expires.getTime() - now.getTime()) / 1000),
      would_refuse: reported?.reason,
      options: keyOptions,
      not_set: leftOut.length === 0 ? undefined : leftOut.join(","),
    }),
  };
}

function keyRefused(user: string, fingerprint: string, { refusal, origin }: Refused): AuditEvent {
  const { reason, ...facts } = refusal;
  const origins = { caller: origin?.caller, request_id: origin?.requestId };
  return {
    event: "key-refused",
    level: "warning",
    fields: fieldsOf({ user, fingerprint, reason, ...origins, ...facts }),
  };
}

/** The parts of a Fault that are recorded. Its facts are in its message. */
export interface FaultWords {
  readonly code: FaultCode;
  readonly message: string;
  readonly hint: string;
}

export function eventOfFault({ user, fingerprint }: Request, { code, message, hint }: FaultWords): AuditEvent {
  return { event: "fault", level: "warning", fields: fieldsOf({ user, fingerprint, code, message, hint }) };
}

/** Returns the event with the number of its occurrences: the service does not write the same event for every call. */
export const withCount = (event: AuditEvent, count: number): AuditEvent => ({
  ...event,
  fields: { ...event.fields, count },
});

/** Returns the event for a chained command that failed. Only the keys of that command are missing. */
export function chainedCommandEvent({ user, fingerprint }: Request, program: string, message: string): AuditEvent {
  return {
    event: "chained-command-failed",
    level: "warning",
    fields: fieldsOf({ user, fingerprint, program, message }),
  };
}

/** Returns the event for a call of a trial in which sshd would not accept the same keys by eic-agent's answer. */
export function trialEvent({ user, fingerprint }: Request, compared: Compared): AuditEvent {
  const { theirs, ours, theyFailed, reasons, origin } = compared;
  return {
    event: "trial-differs",
    level: "warning",
    fields: fieldsOf({
      user,
      fingerprint: normalizeFingerprint(fingerprint),
      in_force: theyFailed ? "failed" : listed(theirs),
      eic_agent: listed(ours),
      reason: reasons.length === 0 ? undefined : reasons.join(","),
      caller: origin?.caller,
      request_id: origin?.requestId,
    }),
  };
}

const listed = (fingerprints: readonly string[]): string => fingerprints.join(",") || "none";

/**
 * Returns the fields without undefined values. A fact is always recorded as text, even if it is a number or a date
 * elsewhere, so that a field has the same type in every event; only `seconds_left` and `count` are numbers.
 */
function fieldsOf(values: Readonly<Record<string, string | number | Date | undefined>>): Fields {
  const fields: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    if (name === "seconds_left" && typeof value === "number") fields[name] = value;
    else fields[name] = bounded(value instanceof Date ? value.toISOString() : String(value));
  }
  return fields;
}

/** Maximum bytes of one value as written, including quotes. */
const VALUE_LIMIT = 512;
const CUT = "\u2026";

/** Returns as much of a text as can be written in VALUE_LIMIT bytes, with a mark if it was cut. */
function bounded(text: string): string {
  if (ascii(text).length <= VALUE_LIMIT) return text;
  const room = VALUE_LIMIT - ascii(CUT).length;
  let kept = "";
  let size = 0;
  for (const character of text) {
    size += ascii(character).length - 2;
    if (size > room) break;
    kept += character;
  }
  return kept + CUT;
}

/** Returns `event key=value …` on one line. Values of harmless characters are bare, all others are ASCII JSON. */
export function textOf(event: string, fields: Fields): string {
  const words = Object.entries(fields).map(([name, value]) => `${name}=${written(String(value))}`);
  return [event, ...words].join(" ");
}

const written = (text: string): string => (/^[A-Za-z0-9:/@._+-]+$/.test(text) ? text : ascii(text));

/**
 * Returns `value` as JSON in ASCII without control characters. No byte of it can end a line, move a cursor or look like
 * another field, even if an attacker chose the text.
 */
export const ascii = (value: unknown): string => escapeNonAscii(JSON.stringify(value));
