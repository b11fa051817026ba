/** The records: pino makes them, at once and in this process. Loaded at the first event of a call. */
import { type DestinationStream, type Level, type Logger, pino } from "pino";
import { type AuditEvent, ascii, type Fields, textOf } from "./events.ts";

export interface LogLine {
  readonly level: AuditEvent["level"];
  /** Printable ASCII, without a newline. */
  readonly text: string;
}

const PINO_LEVELS = { info: "info", warning: "warn" } as const satisfies Record<AuditEvent["level"], Level>;

/**
 * @param format `text`: `event key=value …`; `json`: one object a line, with `level` and `time` beside the fields
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

/** Nothing but what it is given: no host name, no process id, which the log adds by itself. */
function loggerInto(destination: DestinationStream, now: Date): Logger {
  const level = (label: string) => ({ level: label === PINO_LEVELS.warning ? "warning" : label });
  return pino({ base: null, timestamp: () => `,"time":"${now.toISOString()}"`, formatters: { level } }, destination);
}

/** From the record itself, so that both forms say the same. The log has a time and a severity of its own. */
function inWords(record: string): string {
  const { level: _level, time: _time, event, ...fields } = JSON.parse(record) as Fields & { event: string };
  return textOf(event, fields);
}

const inAscii = (record: string): string => ascii(JSON.parse(record));
