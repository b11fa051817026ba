/** Limits the work that one verification spends on proving which responder signed its staples. */
import { STAPLE } from "../bounds.ts";
import { Fault } from "../errors.ts";

/** Steps that a proof took: one for each response that is examined, and one for each signature check. */
export interface Proof {
  readonly steps: number;
}

/** Counts each proof once, whether made now or in an earlier step: the same evidence costs the same. */
export class Checks {
  readonly #counted = new Set<Proof>();
  #left: number = STAPLE.checks;

  /**
   * Takes one step, or as many as given.
   * @throws Fault if no step is left: an unchecked staple might have said "revoked"
   */
  take(steps = 1): void {
    this.#left -= steps;
    if (this.#left < 0) throw new Fault("STAPLE_RESPONDER", `over ${STAPLE.checks} checks of staples about the path`);
  }

  /** Records a proof whose steps were taken just now. */
  made(proof: Proof): void {
    this.#counted.add(proof);
  }

  /** Counts a proof that was made earlier. */
  again(proof: Proof): void {
    if (this.#counted.has(proof)) return;
    this.take(proof.steps);
    this.#counted.add(proof);
  }
}
