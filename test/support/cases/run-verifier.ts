/** Converts a scene into the input of the verifier, and its result into the words of the table. */

import { Fault } from "../../../src/verify/errors.ts";
import type { Evidence, FetchedStaple, Request, Rules } from "../../../src/verify/evidence.ts";
import { ALLOW_ALL } from "../../../src/verify/policy.ts";
import type { Verdict } from "../../../src/verify/verdict.ts";
import { SignerValidator, verifyKeys } from "../../../src/verify/verifier.ts";
import { readAnchors } from "../../../src/verify/x509/anchor.ts";
import type { Expected, Scene, ServedStaple } from "./case.ts";

const fetched = ({ name, body }: ServedStaple): FetchedStaple =>
  body === undefined ? { name, failed: "it did not come" } : { name, body: Buffer.from(body, "latin1") };

export const requestOf = ({ user, fingerprint }: Scene): Request => ({ user, fingerprint });

export function evidenceOf({ served }: Scene): Evidence {
  const { keys, instanceId, region, domain, signer, staples } = served;
  const certificates = Buffer.from(signer, "latin1");
  return { keys, instanceId, region, domain, certificates, staples: staples.map(fetched) };
}

export const rulesOf = ({ rules }: Scene): Rules => ({
  ...rules,
  policy: rules.policy ?? ALLOW_ALL,
  anchors: readAnchors(rules.anchors, "the scene"),
});

/** Returns the verifier's result for a scene: verdicts, or the code of its Fault. Other errors are thrown on. */
export function judged(scene: Scene, now: Date): { expected: Expected; verdicts: readonly Verdict[] } {
  try {
    const verdicts = verifyKeys(requestOf(scene), evidenceOf(scene), new SignerValidator(rulesOf(scene)), now);
    const words = verdicts.map((verdict) => (verdict.kind === "accepted" ? verdict.kind : verdict.refusal.reason));
    return { expected: { verdicts: words }, verdicts };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { expected: { fault: error.code }, verdicts: [] };
  }
}
