/** What a call does with evidence, from the document to the verdicts, without anything between. */
import { Fault } from "../../../src/verify/errors.ts";
import type { Evidence, Request } from "../../../src/verify/evidence.ts";
import { noKeyReason, SignerValidator, verifyKeys } from "../../../src/verify/verifier.ts";
import { NOW, RULES } from "./world.ts";

/** @returns why there is no key, how many verdicts there are of each kind, or the code of the Fault */
export function judging(request: Request, evidence: Evidence): Readonly<Record<string, number>> | string {
  try {
    const absent = noKeyReason(evidence.keys, request);
    if (absent !== undefined) return absent;
    const validator = new SignerValidator(RULES);
    const names = evidence.staples.map(({ name }) => name);
    // Asked once before there is any staple and, where some may help, again when there are all.
    const missing = validator.selectStaples({ ...evidence, staples: [] }, names, NOW);
    if (missing.length > 0) validator.selectStaples(evidence, names, NOW);
    const counts: Record<string, number> = {};
    for (const verdict of verifyKeys(request, evidence, validator, NOW)) {
      const word = verdict.kind === "accepted" ? verdict.kind : verdict.refusal.reason;
      counts[word] = (counts[word] ?? 0) + 1;
    }
    return counts;
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
}
