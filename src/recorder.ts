/**
 * When a call is recorded, and what follows where it cannot be: before its lines are printed, and nothing, unless the
 * settings say "no record, no key". The audit lies beside the bundle and is loaded when there may be something to say.
 */
import type { AuditSettings } from "./audit/audit.ts";
import type { AuditEvent } from "./audit/events.ts";
import type { Answer } from "./authorize.ts";
import type { Deadline } from "./deadline.ts";
import { DEFAULTS, RECORD_MS } from "./settings.ts";
import { Fault } from "./verify/errors.ts";
import type { Request } from "./verify/evidence.ts";

type Audit = typeof import("./audit/audit.ts");
export type Record = Audit["record"];

export class AuditRecorder {
  readonly #request: Request;
  readonly #tellLost: (why: string) => Promise<void>;
  readonly #record: Record | undefined;
  #settings: AuditSettings = DEFAULTS.audit;

  /**
   * @param tellLost where a record is missing that nothing hangs on
   * @param record what writes them; by default, what the settings name
   */
  constructor(request: Request, tellLost: (why: string) => Promise<void>, record?: Record) {
    this.#request = request;
    this.#tellLost = tellLost;
    this.#record = record;
  }

  /**
   * From now on by these. Until then by the defaults: settings that cannot be read are a Fault, which is recorded, too.
   * @returns milliseconds of a call's deadline to be kept back for a record
   */
  use(settings: AuditSettings): number {
    this.#settings = settings;
    return settings.target === "none" ? 0 : RECORD_MS;
  }

  /** @throws Fault AUDIT_FAILED where no record is no key, and there is none */
  async answer(answer: Answer, deadline: Deadline): Promise<void> {
    if (answer.kind === "silent") return;
    const { required } = this.#settings;
    const lost = await this.#write(
      ({ eventsOfAnswer }) => eventsOfAnswer(this.#request, answer.verdicts, answer.now),
      required ? deadline.left : RECORD_MS,
    );
    if (lost === undefined) return;
    if (required) throw new Fault("AUDIT_FAILED", `no record could be written: ${lost}`, { why: lost });
    await this.#tellLost(lost);
  }

  /** A Fault. Anything else is a bug, whose text may hold anything. */
  async failure(error: unknown): Promise<void> {
    // That the log cannot be written, the log need not be told.
    if (!(error instanceof Fault) || error.code === "AUDIT_FAILED") return;
    await this.#writeOrTell(({ eventOfFault }) => eventOfFault(this.#request, error));
  }

  /** Another command was chained and did not answer. */
  async chainedFailure(program: string, message: string): Promise<void> {
    await this.#writeOrTell(({ chainedCommandEvent }) => chainedCommandEvent(this.#request, program, message));
  }

  async #writeOrTell(event: (audit: Audit) => AuditEvent): Promise<void> {
    const lost = await this.#write((audit) => [event(audit)], RECORD_MS);
    if (lost !== undefined) await this.#tellLost(lost);
  }

  /** @returns why nothing was written; undefined where it was, or where there was nothing to write */
  async #write(events: (audit: Audit) => AuditEvent[], ms: number): Promise<string | undefined> {
    const settings = this.#settings;
    if (settings.target === "none") return undefined;
    try {
      const audit = await import("./audit/audit.ts");
      const record = this.#record ?? audit.record;
      await record(events(audit), settings, new Date(), { ms, confirmed: settings.required });
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
