/** Formats the records with pino, synchronously and in this process. Loaded at the first event of a call. */
import { type DestinationStream, type Level, type Logger, pino } from "pino";
import { type AuditEvent, ascii, type Fields, textOf } from "./events.ts";

export interface LogLine {
  readonly level: AuditEvent["level"];
  /** Printable ASCII, without a newline. */
  readonly text: string;
}

const PINO_LEVELS = { info: "info", warning: "warn" } as const satisfies Record<AuditEvent["level"], Level>;

/**
 * @param format `text`: `event key=value …`; `json`: one object per line, with `level` and `time` in addition to the fields
 * @param now the time of the record
 */
export function linesOf(events: readonly AuditEvent[], format: "text" | "json", now: Date): LogLine[] {
  let record = "";
  const logger = loggerInto({ write: (text) => (record = text) }, now);
  return events.map(({ event, level, fields }) => {
    logger[PINO_LEVELS[level]]({ event, ...fields });
    return { level, text: format === "json" ? inAscii(record) : inWords(record) };
  });
}

/** Returns a logger that adds no host name and no process id, because the log adds them itself. */
function loggerInto(destination: DestinationStream, now: Date): Logger {
  const level = (label: string) => ({ level: label === PINO_LEVELS.warning ? "warning" : label });
  return pino({ base: null, timestamp: () => `,"time":"${now.toISOString()}"`, formatters: { level } }, destination);
}

/** Formats a record as text, from the JSON record, so that both formats agree. The log has its own time and severity. */
function inWords(record: string): string {
  const { level: _level, time: _time, event, ...fields } = JSON.parse(record) as Fields & { event: string };
  return textOf(event, fields);
}

const inAscii = (record: string): string => ascii(JSON.parse(record));
