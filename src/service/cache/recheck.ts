/**
 * What of an answer must not stand because something remembered took part in it. A memory may help to say "yes" and
 * never to say "no": what is doubted is fetched afresh, and judged again. Pure.
 */
import type { Answer } from "../../authorize.ts";
import { Fault } from "../../verify/errors.ts";
import type { RefusalReason } from "../../verify/verdict.ts";

/** What was remembered, or fetched before the call came. */
export interface CacheUse {
  readonly document: boolean;
  readonly signer: boolean;
}

export type CachedInput = keyof CacheUse;

/** Refusals that another signer, or another instance's id, might turn round. All others are the signed block's own. */
const SIGNERS: ReadonlySet<RefusalReason> = new Set(["signature-length", "bad-signature", "wrong-instance"]);

/** @returns what to fetch afresh; nothing where the answer stands */
export function inputsToRefetch(outcome: Answer | Fault, leaned: CacheUse): CachedInput[] {
  if (outcome instanceof Fault) return leaned.signer ? ["signer"] : [];
  const refusals =
    outcome.kind === "silent"
      ? []
      : outcome.verdicts.flatMap((verdict) => (verdict.kind === "refused" ? [verdict.refusal.reason] : []));
  const hasKeys = outcome.kind === "judged" && outcome.lines.length > 0;
  return [
    ...(leaned.document && !hasKeys ? (["document"] as const) : []),
    ...(leaned.signer && refusals.some((reason) => SIGNERS.has(reason)) ? (["signer"] as const) : []),
  ];
}
