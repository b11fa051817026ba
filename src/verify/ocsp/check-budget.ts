/** What one judgement may spend on proving who made its staples. */
import { STAPLE } from "../bounds.ts";
import { Fault } from "../errors.ts";

/** Steps that a proof took: each look at a response, and each signature that was held against a key. */
export interface Proof {
  readonly steps: number;
}

/** Every proof counts once, whether it is made now or was made in an earlier step: the same evidence costs the same. */
export class Checks {
  readonly #counted = new Set<Proof>();
  #left: number = STAPLE.checks;

  /**
   * One step.
   * @throws Fault where it is one too many: what was not looked at might have said "revoked"
   */
  take(steps = 1): void {
    this.#left -= steps;
    if (this.#left < 0) throw new Fault("STAPLE_RESPONDER", `over ${STAPLE.checks} checks of staples about the path`);
  }

  /** A proof whose steps were taken just now. */
  made(proof: Proof): void {
    this.#counted.add(proof);
  }

  /** A proof that was made before. */
  again(proof: Proof): void {
    if (this.#counted.has(proof)) return;
    this.take(proof.steps);
    this.#counted.add(proof);
  }
}
