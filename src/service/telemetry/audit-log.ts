/**
 * Records that calls leave in the log, on the service's standard output: the same lines as those of the one-shot program.
 * Records that an unauthenticated flood can repeat (Faults, refusals) are written once a minute with their count. A key that
 * is passed to sshd is recorded each time.
 */
import type { AuditSettings } from "../../audit/audit.ts";
import type { AuditEvent, Fields } from "../../audit/events.ts";
import type { Record } from "../../recorder.ts";
import { RECORD_MS } from "../../settings/limits.ts";
import type { Clock } from "../clock.ts";
import { add, type Counters } from "./counters.ts";
import { Deduplicator } from "./deduplicator.ts";
import type { Output } from "./log-stream.ts";

/** Severities of syslog(3). */
const SEVERITY = { info: 6, warning: 4 } as const;

/** Notices of the service about itself. */
export type Notice =
  | "service-ready"
  | "service-ending"
  | "service-cache-cleared"
  | "call-crashed"
  | `metadata-breaker-${"open" | "closed"}`;

interface Repeated {
  readonly event: AuditEvent;
  readonly settings: AuditSettings;
}

export class Records {
  readonly #output: Output;
  readonly #clock: Clock;
  readonly #counters: Counters;
  readonly #repeats: Deduplicator<Repeated>;
  readonly #crashes: Deduplicator<Fields>;
  #pending: Promise<unknown> = Promise.resolve();

  constructor(output: Output, clock: Clock, counters: Counters) {
    this.#output = output;
    this.#clock = clock;
    this.#counters = counters;
    this.#repeats = new Deduplicator(clock, (repeated, count) => this.#tellCount(repeated, count));
    this.#crashes = new Deduplicator(clock, (fields, count) => {
      this.#pending = this.notice("warning", "call-crashed", { ...fields, count });
    });
  }

  /** Writes the records of an AuditRecorder. */
  readonly record: Record = async (events, settings, now, { ms }) => {
    if (settings.target === "none") return;
    const written = events.filter((event) => {
      const name = dedupKey(event);
      return name === undefined || this.#repeats.isNew(name, { event, settings });
    });
    add(this.#counters.records, "counted", events.length - written.length);
    if (written.length > 0) await this.#write(written, settings.format, now, ms);
  };

  lost(): void {
    add(this.#counters.records, "lost");
  }

  /** Records a bug, which ended one call and no other. */
  async crash(what: string): Promise<void> {
    const fields = { error: what };
    if (this.#crashes.isNew(what, fields)) await this.notice("warning", "call-crashed", fields);
  }

  async notice(level: AuditEvent["level"], notice: Notice, fields: Fields): Promise<void> {
    const { textOf } = await import("../../audit/audit.ts");
    const text = `${this.#prefix(level)}${textOf(notice, fields)}\n`;
    // Errors are ignored: nothing depends on a notice.
    await this.#output.write(text, RECORD_MS).catch(() => undefined);
  }

  /** Writes the records that were only counted. */
  async flush(): Promise<void> {
    this.#repeats.flush();
    this.#crashes.flush();
    await this.#pending;
  }

  #tellCount({ event, settings }: Repeated, count: number): void {
    const now = this.#clock.now();
    this.#pending = import("../../audit/audit.ts")
      .then(({ withCount }) => this.#write([withCount(event, count)], settings.format, now, RECORD_MS))
      .catch(() => this.lost());
  }

  async #write(events: readonly AuditEvent[], format: "text" | "json", now: Date, ms: number): Promise<void> {
    const { linesOf } = await import("../../audit/audit.ts");
    const lines = linesOf(events, format, now);
    await this.#output.write(lines.map(({ level, text }) => `${this.#prefix(level)}${text}\n`).join(""), ms);
    add(this.#counters.records, "written", events.length);
  }

  #prefix(level: AuditEvent["level"]): string {
    return this.#output.isJournal ? `<${SEVERITY[level]}>` : "";
  }
}

/** Returns the name by which repetitions are recognised; undefined for an event that is written each time. */
function dedupKey({ event, fields }: AuditEvent): string | undefined {
  if (event === "fault") return `fault ${fields.code}`;
  if (event === "trial-differs")
    return [event, fields.user, fields.fingerprint, fields.in_force, fields.eic_agent, fields.reason].join(" ");
  if (event !== "key-refused") return undefined;
  return [event, fields.user, fields.fingerprint, fields.reason, fields.request_id].join(" ");
}
