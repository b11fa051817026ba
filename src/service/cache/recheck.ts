/**
 * Decides which parts of an answer must not be final because cached data was used for them. Cached data may help to answer
 * "yes", never "no": a doubtful input is fetched again, and the call is judged again. Pure.
 */
import type { Answer } from "../../authorize.ts";
import { Fault } from "../../verify/errors.ts";
import type { RefusalReason } from "../../verify/verdict.ts";

/** Inputs that were cached, or fetched before the call arrived. */
export interface CacheUse {
  readonly document: boolean;
  readonly signer: boolean;
}

export type CachedInput = keyof CacheUse;

/** Refusals that another signer, or another instance id, could reverse. All others depend on the signed block alone. */
const SIGNERS: ReadonlySet<RefusalReason> = new Set(["signature-length", "bad-signature", "wrong-instance"]);

/** @returns the inputs to fetch again; empty if the answer is final */
export function inputsToRefetch(outcome: Answer | Fault, used: CacheUse): CachedInput[] {
  if (outcome instanceof Fault) return used.signer ? ["signer"] : [];
  const refusals =
    outcome.kind === "no-keys"
      ? []
      : outcome.verdicts.flatMap((verdict) => (verdict.kind === "refused" ? [verdict.refusal.reason] : []));
  const hasKeys = outcome.kind === "judged" && outcome.lines.length > 0;
  return [
    ...(used.document && !hasKeys ? (["document"] as const) : []),
    ...(used.signer && refusals.some((reason) => SIGNERS.has(reason)) ? (["signer"] as const) : []),
  ];
}
