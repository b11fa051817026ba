/**
 * Records a call before its lines are printed. If the record cannot be written, the answer stays the same, unless the
 * settings say "no record, no key". The audit is a separate file next to the bundle, loaded if a record may be needed.
 */
import type { AuditSettings } from "./audit/audit.ts";
import type { AuditEvent } from "./audit/events.ts";
import type { Answer } from "./authorize.ts";
import type { Deadline } from "./deadline.ts";
import { DEFAULTS } from "./settings/defaults.ts";
import { RECORD_MS } from "./settings/limits.ts";
import type { Compared } from "./trial/compare.ts";
import { Fault } from "./verify/errors.ts";
import type { Request } from "./verify/evidence.ts";

type Audit = typeof import("./audit/audit.ts");
export type Record = Audit["record"];

/** Writes the records of a trial. */
export type TrialRecorder = Pick<AuditRecorder, "trial">;

export class AuditRecorder {
  readonly #request: Request;
  readonly #tellLost: (why: string) => Promise<void>;
  readonly #record: Record | undefined;
  #settings: AuditSettings = DEFAULTS.audit;

  /**
   * @param tellLost called if a record that is not required could not be written
   * @param record writes the records; by default to the target that the settings name
   */
  constructor(request: Request, tellLost: (why: string) => Promise<void>, record?: Record) {
    this.#request = request;
    this.#tellLost = tellLost;
    this.#record = record;
  }

  /** Uses these settings from now on. Before that, the defaults apply: unreadable settings are a Fault, which is recorded. */
  configure(settings: AuditSettings): void {
    this.#settings = settings;
  }

  /** Milliseconds of the call's deadline to keep back for a record; 0 if nothing is recorded. */
  get reservedMs(): number {
    return this.#settings.target === "none" ? 0 : RECORD_MS;
  }

  /** @throws Fault AUDIT_FAILED if a record is required and could not be written */
  async answer(answer: Answer, deadline: Deadline): Promise<void> {
    if (answer.kind === "no-keys") return;
    const { required } = this.#settings;
    const lost = await this.#write(
      ({ eventsOfAnswer }) => eventsOfAnswer(this.#request, answer.verdicts, answer.now),
      required ? deadline.left : RECORD_MS,
    );
    if (lost === undefined) return;
    if (required) throw new Fault("AUDIT_FAILED", `no record could be written: ${lost}`, { why: lost });
    await this.#tellLost(lost);
  }

  /** Records a Fault. Any other error is a bug, whose text may contain anything, and is not recorded. */
  async failure(error: unknown): Promise<void> {
    // A log that cannot be written cannot record that failure either.
    if (!(error instanceof Fault) || error.code === "AUDIT_FAILED") return;
    await this.#writeOrTell(({ eventOfFault }) => eventOfFault(this.#request, error));
  }

  /** Records that the chained command did not answer. */
  async chainedFailure(program: string, message: string): Promise<void> {
    await this.#writeOrTell(({ chainedCommandEvent }) => chainedCommandEvent(this.#request, program, message));
  }

  /** Records that the answers of a trial differ. */
  async trial(compared: Compared): Promise<void> {
    await this.#writeOrTell(({ trialEvent }) => trialEvent(this.#request, compared));
  }

  async #writeOrTell(event: (audit: Audit) => AuditEvent): Promise<void> {
    const lost = await this.#write((audit) => [event(audit)], RECORD_MS);
    if (lost !== undefined) await this.#tellLost(lost);
  }

  /** @returns why nothing was written; undefined if it was written, or if there was nothing to write */
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
