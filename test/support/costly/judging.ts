/** The processing of evidence in a call, from the document to the verdicts, without the fetches in between. */
import { Fault } from "../../../src/verify/errors.ts";
import type { Evidence, Request } from "../../../src/verify/evidence.ts";
import { noKeyReason, SignerValidator, verifyKeys } from "../../../src/verify/verifier.ts";
import { NOW, RULES } from "./world.ts";

/** @returns the reason why there is no key, the number of verdicts of each kind, or the code of the Fault */
export function judging(request: Request, evidence: Evidence): Readonly<Record<string, number>> | string {
  try {
    const absent = noKeyReason(evidence.keys, request);
    if (absent !== undefined) return absent;
    const validator = new SignerValidator(RULES);
    const names = evidence.staples.map(({ name }) => name);
    // As in a call: once before any staple is fetched and, if staples are needed, again with all of them.
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
