/** The report on each pushed key, as plain data: for a screen, for `--json`, and for a capture. Pure. */
import * as v from "valibot";
import { Fault } from "../verify/errors.ts";
import { HINTS } from "../verify/hints.ts";
import { candidates, fingerprintOf } from "../verify/ssh/authorized-key.ts";
import { splitBlocks } from "../verify/ssh/document.ts";
import { describeRefusal, optionsOf, type Refusal, type RefusalReason, type Verdict } from "../verify/verdict.ts";

const text = v.pipe(v.string(), v.maxLength(8192));
const line = v.pipe(v.number(), v.integer(), v.minValue(1));
const reason = v.custom<RefusalReason>((given) => typeof given === "string" && Object.hasOwn(HINTS, given));
const facts = v.record(v.pipe(v.string(), v.maxLength(100)), v.union([text, v.number()]));

/** The shape of the reports in a capture. */
export const keyReportShape = v.variant("verdict", [
  v.strictObject({
    verdict: v.literal("accepted"),
    /** 1-based line of the key document at which the key's block begins. */
    line,
    fingerprint: text,
    /** `type base64`, as passed to sshd. */
    key: text,
    expires: text,
    secondsLeft: v.pipe(v.number(), v.integer(), v.minValue(0)),
    /** The service's text: the caller who pushed it, and the request. Null if the key does not say. */
    caller: v.nullable(text),
    requestId: v.nullable(text),
    /** Why [policy] would have refused it, if its mode is `report`. */
    reported: v.nullable(v.strictObject({ reason, message: text, facts })),
    /** The text in front of the key, as passed to sshd. Null if there is none, or the capture is of an earlier version. */
    options: v.optional(v.nullable(text), null),
    /** 1-based number of the rule of [policy] that allows the key. Null if none was needed. */
    rule: v.optional(v.nullable(line), null),
    /** Variables of the session that have no value. */
    leftOut: v.optional(v.pipe(v.array(text), v.maxLength(2)), []),
  }),
  v.strictObject({
    verdict: v.literal("refused"),
    line,
    reason,
    message: text,
    facts,
    hint: text,
    /** Null if the signature was not valid, or the key could not be parsed. */
    fingerprint: v.nullable(text),
    /** The fingerprint of the key in the block, if nothing proves that it was pushed. */
    claimed: v.nullable(text),
    caller: v.nullable(text),
    requestId: v.nullable(text),
  }),
]);

export type KeyReport = v.InferOutput<typeof keyReportShape>;

/**
 * Returns the report on each key.
 * @param document the key document that the verdicts are on, one for each of its blocks
 */
export function keyReports(verdicts: readonly Verdict[], document: Uint8Array, now: Date): KeyReport[] {
  const blocks = splitBlocks(document);
  return verdicts.map((verdict, i) => {
    const { line: first = 1, key = "" } = blocks[i] ?? {};
    return verdict.kind === "accepted" ? acceptedReport(verdict, first, now) : refusedReport(verdict, key);
  });
}

function acceptedReport(verdict: Extract<Verdict, { kind: "accepted" }>, first: number, now: Date): KeyReport {
  const { fingerprint, line: key, expires, caller, requestId, reported, rule, variables } = verdict;
  return {
    verdict: "accepted",
    line: first,
    fingerprint,
    key,
    expires: expires.toISOString(),
    secondsLeft: Math.max(0, Math.floor((expires.getTime() - now.getTime()) / 1000)),
    caller: caller ?? null,
    requestId: requestId ?? null,
    reported: reported === undefined ? null : wordsOf(reported),
    options: optionsOf(verdict) ?? null,
    rule: rule ?? null,
    leftOut: [...(variables?.leftOut ?? [])],
  };
}

function refusedReport(verdict: Extract<Verdict, { kind: "refused" }>, key: string): KeyReport {
  const { refusal, fingerprint, origin } = verdict;
  return {
    verdict: "refused",
    line: verdict.line,
    ...wordsOf(refusal),
    hint: HINTS[refusal.reason],
    fingerprint: fingerprint ?? null,
    claimed: fingerprint === undefined ? (claimedFingerprint(key) ?? null) : null,
    caller: origin?.caller ?? null,
    requestId: origin?.requestId ?? null,
  };
}

function wordsOf(refusal: Refusal) {
  return { reason: refusal.reason, message: describeRefusal(refusal), facts: factsOf(refusal) };
}

/** Returns the facts of a refusal besides its reason: times as RFC 3339; absent facts are left out. */
function factsOf({ reason: _, ...others }: Refusal): Record<string, string | number> {
  const told = Object.entries(others).flatMap(([name, value]: [string, string | number | Date | undefined]) =>
    value === undefined ? [] : [[name, value instanceof Date ? value.toISOString() : value] as const],
  );
  return Object.fromEntries(told);
}

/** Returns the fingerprints of the keys that a document mentions. Nothing proves that they were pushed. */
export function mentionedKeys(document: Uint8Array): string[] {
  try {
    return splitBlocks(document).flatMap(({ key }) => claimedFingerprint(key) ?? []);
  } catch (error) {
    // Too large to be a document of the service: the answer reports it.
    if (error instanceof Fault) return [];
    throw error;
  }
}

/** Returns the fingerprint of the first word that looks like a key: a string with its length in front (RFC 4253 §6.6). */
export function claimedFingerprint(key: string): string | undefined {
  const blob = candidates(key).find(({ length }) => length >= 30);
  return blob === undefined ? undefined : fingerprintOf(blob);
}
