/**
 * What calls leave in the log, by the service's standard output: the same lines as those of the one-shot program. What
 * an unauthenticated flood can repeat (Faults, refusals) is written once a minute with its count; a key that is handed to
 * sshd is written each time.
 */
import type { AuditSettings } from "../../audit/audit.ts";
import type { AuditEvent, Fields } from "../../audit/events.ts";
import type { Record } from "../../recorder.ts";
import { RECORD_MS } from "../../settings.ts";
import type { Clock } from "../clock.ts";
import { add, type Counters } from "./counters.ts";
import { Deduplicator } from "./deduplicator.ts";
import type { Output } from "./log-stream.ts";

/** syslog(3), severities. */
const SEVERITY = { info: 6, warning: 4 } as const;

/** What the service says of itself. */
export type Notice =
  | "service-ready"
  | "service-ending"
  | "service-forgot-everything"
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
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(output: Output, clock: Clock, counters: Counters) {
    this.#output = output;
    this.#clock = clock;
    this.#counters = counters;
    this.#repeats = new Deduplicator(clock, (repeated, count) => this.#tellCount(repeated, count));
    this.#crashes = new Deduplicator(clock, (fields, count) => {
      this.#underWay = this.notice("warning", "call-crashed", { ...fields, count });
    });
  }

  /** For a Recorder. */
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

  /** A bug, which ended one call and no other. */
  async crash(what: string): Promise<void> {
    const fields = { error: what };
    if (this.#crashes.isNew(what, fields)) await this.notice("warning", "call-crashed", fields);
  }

  async notice(level: AuditEvent["level"], notice: Notice, fields: Fields): Promise<void> {
    const { textOf } = await import("../../audit/audit.ts");
    const text = `${this.#prefix(level)}${textOf(notice, fields)}\n`;
    // Nobody waits for it, and nothing hangs on it.
    await this.#output.write(text, RECORD_MS).catch(() => undefined);
  }

  /** What was only counted is written. */
  async flush(): Promise<void> {
    this.#repeats.flush();
    this.#crashes.flush();
    await this.#underWay;
  }

  #tellCount({ event, settings }: Repeated, count: number): void {
    const now = this.#clock.now();
    this.#underWay = import("../../audit/audit.ts")
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

/** As what it is the same as another one; undefined for what is written each time. */
function dedupKey({ event, fields }: AuditEvent): string | undefined {
  if (event === "fault") return `fault ${fields.code}`;
  if (event !== "key-refused") return undefined;
  return [event, fields.user, fields.fingerprint, fields.reason, fields.request_id].join(" ");
}
