/**
 * The proofs of one call: each is made once, though two steps need it (choosing the staples to fetch, and the
 * judgement), and each is held against the time of every use. What was not proven leaves no trace here.
 */
import { Fault } from "./errors.ts";
import type { Rules, SignerEvidence } from "./evidence.ts";
import { type LiveSigner, staplesToFetch, unrevokedAt } from "./ocsp.ts";
import { isWithin } from "./period.ts";
import { type Signer, trust } from "./signer.ts";

export class Proofs {
  readonly rules: Rules;
  #signer: { readonly by: SignerEvidence; readonly proof: Signer } | undefined;
  #live: { readonly by: SignerEvidence; readonly proof: LiveSigner } | undefined;

  /** @param rules what every proof of this call is held against */
  constructor(rules: Rules) {
    this.rules = rules;
  }

  /** @throws Fault as trust and unrevokedAt do */
  liveSigner(evidence: SignerEvidence, now: Date): LiveSigner {
    const made = this.#live;
    if (made !== undefined && sameSigner(made.by, evidence) && made.by.staples === evidence.staples) {
      if (isWithin(now, made.proof.holds)) return made.proof;
    }
    const proof = unrevokedAt(this.#chained(evidence, now), evidence.staples, now, this.rules.clockSkewSeconds);
    this.#live = { by: evidence, proof };
    return proof;
  }

  /**
   * The staples still to be fetched for this evidence. None when there are enough, or when no staple can help:
   * then the judgement says why.
   * @param names the whole list, as served
   */
  missingStaples(evidence: SignerEvidence, names: readonly string[], now: Date): string[] {
    try {
      this.liveSigner(evidence, now);
      return [];
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (!error.code.startsWith("STAPLE_")) return [];
      return staplesToFetch(this.#chained(evidence, now), names, evidence.staples, now, this.rules.clockSkewSeconds);
    }
  }

  #chained(evidence: SignerEvidence, now: Date): Signer {
    const made = this.#signer;
    if (made !== undefined && sameSigner(made.by, evidence) && isWithin(now, made.proof.holds)) return made.proof;
    const proof = trust(evidence, this.rules, now);
    this.#signer = { by: evidence, proof };
    return proof;
  }
}

/** The very same bytes, not equal ones: a call's evidence only grows. */
const sameSigner = (a: SignerEvidence, b: SignerEvidence): boolean =>
  a.certificates === b.certificates && a.region === b.region && a.domain === b.domain;
