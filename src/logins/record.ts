/** Parses a record of this program about a key that was passed to sshd, in both of its formats: docs/audit.md. Pure. */
import { MAX_MESSAGE } from "./entry.ts";

/** The record of one push: the signed facts of a key that was passed to sshd. */
export interface OfferRecord {
  readonly user: string;
  /** As sshd writes it. */
  readonly fingerprint: string;
  /** ARN of the caller that pushed the key; undefined if the push names none. */
  readonly caller: string | undefined;
  /** Id of the API call that pushed the key. */
  readonly requestId: string | undefined;
  /** Milliseconds since the epoch. */
  readonly expires: number | undefined;
}

const EVENT = "key-offered-to-sshd";
const FIELD = /([a-z_]+)=("(?:[^"\\]|\\.)*"|[^ "]+)/y;

/** Beginnings of the messages that `parseRecord` may take. */
export const RECORD_BEGINNINGS = `${EVENT} |\\{`;

/** Returns undefined for every other event, and for text that is not exactly a record. */
export function parseRecord(message: string): OfferRecord | undefined {
  if (message.length > MAX_MESSAGE) return undefined;
  const fields = message.startsWith("{") ? objectIn(message) : fieldsIn(message);
  if (fields?.event !== EVENT) return undefined;
  const { user, fingerprint, caller, request_id: requestId, expires } = fields;
  if (user === undefined || fingerprint === undefined) return undefined;
  const end = expires === undefined ? Number.NaN : Date.parse(expires);
  return { user, fingerprint, caller, requestId, expires: Number.isNaN(end) ? undefined : end };
}

type Texts = Record<string, string>;

function objectIn(message: string): Texts | undefined {
  try {
    const entries = Object.entries(JSON.parse(message) as object);
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  } catch {
    return undefined;
  }
}

/** Parses `event key=value …`. The whole text must have this form: a value with a space or a quote is always in quotes. */
function fieldsIn(message: string): Texts | undefined {
  const [event = ""] = message.split(" ", 1);
  const fields: Texts = { event };
  for (let at = event.length; at < message.length; ) {
    FIELD.lastIndex = at + 1;
    const [whole, name, value] = FIELD.exec(message) ?? [];
    if (message[at] !== " " || whole === undefined || name === undefined || value === undefined) return undefined;
    const text = value.startsWith('"') ? textIn(value) : value;
    if (text === undefined || name in fields) return undefined;
    fields[name] = text;
    at += 1 + whole.length;
  }
  return fields;
}

function textIn(json: string): string | undefined {
  try {
    return JSON.parse(json) as string;
  } catch {
    return undefined;
  }
}
