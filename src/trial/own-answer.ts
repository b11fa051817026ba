/** eic-agent's own answer to a call of a trial, of which a Fault is one too. */
import type { Answer } from "../authorize.ts";
import { Fault } from "../verify/errors.ts";

export type OwnAnswer =
  | { readonly kind: "answered"; readonly answer: Answer }
  /** It could not answer: a Fault, or `busy`, too many calls at once. */
  | { readonly kind: "failed"; readonly why: Fault | "busy" };

/**
 * @param judging the judgement of the call
 * @throws any error but a Fault: a bug, or a call that is not wanted any more
 */
export async function ownAnswer(judging: Promise<Answer>): Promise<OwnAnswer> {
  try {
    return { kind: "answered", answer: await judging };
  } catch (error) {
    if (error instanceof Fault) return { kind: "failed", why: error };
    throw error;
  }
}
