/**
 * The proofs of one call: each is made once, though two steps need it (choosing the staples to fetch, and the
 * judgement), and each is held against the time of every use. What was not proven leaves no trace here.
 */
import { Fault } from "./errors.ts";
import type { Rules, SignerEvidence } from "./evidence.ts";
import { checkRevocation, staplesToFetch, type UnrevokedSigner } from "./ocsp/revocation.ts";
import { type TrustedSigner, validateSignerChain } from "./x509/signer.ts";
import { isWithin } from "./x509/validity.ts";

export class SignerValidator {
  readonly rules: Rules;
  #signer: { readonly by: SignerEvidence; readonly proof: TrustedSigner } | undefined;
  #live: { readonly by: SignerEvidence; readonly proof: UnrevokedSigner } | undefined;

  /** @param rules what every proof of this call is held against */
  constructor(rules: Rules) {
    this.rules = rules;
  }

  /** @throws Fault as validateSignerChain and checkRevocation do */
  validate(evidence: SignerEvidence, now: Date): UnrevokedSigner {
    const made = this.#live;
    if (made !== undefined && sameSigner(made.by, evidence) && made.by.staples === evidence.staples) {
      if (isWithin(now, made.proof.holds)) return made.proof;
    }
    const proof = checkRevocation(
      this.#validateChain(evidence, now),
      evidence.staples,
      now,
      this.rules.clockSkewSeconds,
    );
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
      this.validate(evidence, now);
      return [];
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (!error.code.startsWith("STAPLE_")) return [];
      return staplesToFetch(
        this.#validateChain(evidence, now),
        names,
        evidence.staples,
        now,
        this.rules.clockSkewSeconds,
      );
    }
  }

  #validateChain(evidence: SignerEvidence, now: Date): TrustedSigner {
    const made = this.#signer;
    if (made !== undefined && sameSigner(made.by, evidence) && isWithin(now, made.proof.holds)) return made.proof;
    const proof = validateSignerChain(evidence, this.rules, now);
    this.#signer = { by: evidence, proof };
    return proof;
  }
}

/** The very same bytes, not equal ones: a call's evidence only grows. */
const sameSigner = (a: SignerEvidence, b: SignerEvidence): boolean =>
  a.certificates === b.certificates && a.region === b.region && a.domain === b.domain;
