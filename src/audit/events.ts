/**
 * What a call leaves in the host's log, as data and as text. Pure. This room never sees a key blob, a token or a whole
 * document; who pushed a key it is told only by verdicts, which have it from blocks whose signature held.
 */
import type { FaultCode } from "../verify/errors.ts";
import type { Request } from "../verify/evidence.ts";
import { normalizeFingerprint } from "../verify/ssh/authorized-key.ts";
import type { Accepted, Refused, Verdict } from "../verify/verdict.ts";

/** The closed list; docs/audit.md has every field of each. */
export type AuditEvent = {
  readonly event: "key-offered-to-sshd" | "key-refused" | "fault" | "chained-command-failed";
  /** syslog's severity: `info` for what is meant to happen. */
  readonly level: "info" | "warning";
  readonly fields: Fields;
};

/** By name, in the order in which they are written. Names are ours; every text may be anybody's. */
export type Fields = Readonly<Record<string, string | number>>;

/**
 * One event for each key that is handed to sshd, and for each that was the offered one and was refused. None for keys
 * that were not offered, and no refusal where sshd does not say which key is: nobody can know that it was meant.
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
      if (refused <= MOST_REFUSALS + 1) last = events.push(keyRefused(request.user, offered, verdict)) - 1;
    }
  }
  const rest = events[last];
  if (rest !== undefined && refused > MOST_REFUSALS + 1) events[last] = withCount(rest, refused - MOST_REFUSALS);
  return events;
}

/** Refusals of one call that are recorded one by one; one line more stands for the rest: a document has room for thousands. */
const MOST_REFUSALS = 16;

/** Not yet a login: sshd has the key now, and says itself ("Accepted publickey") whether it let anybody in with it. */
function keyOffered(user: string, offered: string | undefined, verdict: Accepted, now: Date): AuditEvent {
  const { fingerprint, caller, requestId, expires, reported } = verdict;
  return {
    event: "key-offered-to-sshd",
    level: reported === undefined ? "info" : "warning",
    fields: present({
      user,
      // As sshd writes it, where it said so: its own line is found by it.
      fingerprint: offered ?? fingerprint,
      caller,
      request_id: requestId,
      expires: expires.toISOString(),
      seconds_left: Math.floor((expires.getTime() - now.getTime()) / 1000),
      would_refuse: reported?.reason,
    }),
  };
}

function keyRefused(user: string, fingerprint: string, { refusal, origin }: Refused): AuditEvent {
  const { reason, ...facts } = refusal;
  const origins = { caller: origin?.caller, request_id: origin?.requestId };
  return {
    event: "key-refused",
    level: "warning",
    fields: present({ user, fingerprint, reason, ...origins, ...facts }),
  };
}

/** What of a Fault is recorded. Its facts are in its message. */
export interface FaultWords {
  readonly code: FaultCode;
  readonly message: string;
  readonly hint: string;
}

export function eventOfFault({ user, fingerprint }: Request, { code, message, hint }: FaultWords): AuditEvent {
  return { event: "fault", level: "warning", fields: present({ user, fingerprint, code, message, hint }) };
}

/** The event of as many calls as `count` says: the warm service does not write the same one for each. */
export const withCount = (event: AuditEvent, count: number): AuditEvent => ({
  ...event,
  fields: { ...event.fields, count },
});

/** Another command beside ours did not answer; its keys are missing, ours are not. */
export function chainedCommandEvent({ user, fingerprint }: Request, program: string, message: string): AuditEvent {
  return {
    event: "chained-command-failed",
    level: "warning",
    fields: present({ user, fingerprint, program, message }),
  };
}

/**
 * Without what is undefined. A fact is always a text, whatever it is elsewhere, so that a field has one type in every
 * event; only `seconds_left` and `count` are numbers.
 */
function present(values: Readonly<Record<string, string | number | Date | undefined>>): Fields {
  const fields: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    if (name === "seconds_left" && typeof value === "number") fields[name] = value;
    else fields[name] = bounded(value instanceof Date ? value.toISOString() : String(value));
  }
  return fields;
}

/** Bytes of one value at most, as it is written, quotes included. */
const VALUE_LIMIT = 512;
const CUT = "\u2026";

/** As much of a text as can be written in VALUE_LIMIT bytes, with a mark where it was cut. */
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

/** `event key=value …`, one line. A value of harmless characters is bare, any other a JSON text in ASCII. */
export function textOf(event: string, fields: Fields): string {
  const words = Object.entries(fields).map(([name, value]) => `${name}=${written(String(value))}`);
  return [event, ...words].join(" ");
}

const written = (text: string): string => (/^[A-Za-z0-9:/@._+-]+$/.test(text) ? text : ascii(text));

/**
 * JSON of `value` in ASCII, without control characters: no byte of it can end a line, move a cursor or look like
 * another field, whoever chose the text.
 */
export const ascii = (value: unknown): string =>
  JSON.stringify(value).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
