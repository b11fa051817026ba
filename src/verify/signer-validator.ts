/**
 * Validates the signer for one call: its chain, then its revocation status. Two steps need the result (the choice of staples
 * to fetch, and the verification of the keys), and it is computed once; its validity is checked at the time of every use.
 * A failure is not kept.
 */
import { Fault } from "./errors.ts";
import type { Rules, SignerEvidence } from "./evidence.ts";
import { checkRevocation, staplesToFetch, type UnrevokedSigner } from "./ocsp/revocation.ts";
import { type TrustedSigner, validateSignerChain } from "./x509/signer.ts";
import { isWithin } from "./x509/validity.ts";

export class SignerValidator {
  readonly rules: Rules;
  #trusted: { readonly by: SignerEvidence; readonly signer: TrustedSigner } | undefined;
  #unrevoked: { readonly by: SignerEvidence; readonly signer: UnrevokedSigner } | undefined;

  /** @param rules for the validation of every signer */
  constructor(rules: Rules) {
    this.rules = rules;
  }

  /** @throws Fault as validateSignerChain and checkRevocation do */
  validate(evidence: SignerEvidence, now: Date): UnrevokedSigner {
    const known = this.#unrevoked;
    if (known !== undefined && isSameEvidence(known.by, evidence) && known.by.staples === evidence.staples) {
      if (isWithin(now, known.signer.validity)) return known.signer;
    }
    const signer = checkRevocation(
      this.#validateChain(evidence, now),
      evidence.staples,
      now,
      this.rules.clockSkewSeconds,
    );
    this.#unrevoked = { by: evidence, signer };
    return signer;
  }

  /**
   * Returns the staples that still need to be fetched for this evidence. Empty if there are enough, or if no staple can
   * help: the verification then fails with the reason.
   * @param names the whole list, as served
   */
  selectStaples(evidence: SignerEvidence, names: readonly string[], now: Date): string[] {
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
    const known = this.#trusted;
    if (known !== undefined && isSameEvidence(known.by, evidence) && isWithin(now, known.signer.validity)) {
      return known.signer;
    }
    const signer = validateSignerChain(evidence, this.rules, now);
    this.#trusted = { by: evidence, signer };
    return signer;
  }
}

/** Compares objects by identity, not by bytes: the evidence of a call only grows. */
const isSameEvidence = (a: SignerEvidence, b: SignerEvidence): boolean =>
  a.certificates === b.certificates && a.region === b.region && a.domain === b.domain;
