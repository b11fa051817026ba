/**
 * The verification: takes bytes and a time, returns verdicts. Synchronous and pure. Each step returns its proof, and the
 * next step requires it: TrustedSigner, then UnrevokedSigner, then data that only an UnrevokedSigner can have signed.
 */

import { Fault } from "./errors.ts";
import { type Evidence, INSTANCE_ID, KEY_LIFETIME_SECONDS, type Request, type Rules } from "./evidence.ts";
import type { UnrevokedSigner } from "./ocsp/revocation.ts";
import { decidePolicy, type PolicyDecision } from "./policy.ts";
import { SignerValidator } from "./signer-validator.ts";
import {
  fingerprintOf,
  formatKeyLine,
  hasFingerprint,
  normalizeFingerprint,
  parseKeyLine,
} from "./ssh/authorized-key.ts";
import { type BlockHeader, type KeyBlock, splitBlocks } from "./ssh/document.ts";
import { mentions, toCheck } from "./ssh/offered.ts";
import { sessionVariables } from "./ssh/session-variables.ts";
import { verifyBlockSignature } from "./ssh/signature.ts";
import {
  type Accepted,
  optionsOf,
  type PushOrigin,
  quoted,
  type Refusal,
  type Verdict,
  withOptions,
} from "./verdict.ts";

/**
 * Returns the verdict on every key of the document, in document order.
 * @param now read after the last byte of evidence arrived
 * @param validator has the rules, and the results of its earlier validations
 * @throws Fault if the signer is not trusted, the instance is another one, or the document has more blocks than allowed
 */
export function verifyKeys(request: Request, evidence: Evidence, validator: SignerValidator, now: Date): Verdict[] {
  const { rules } = validator;
  const instanceId = checkInstanceId(evidence, rules);
  const signer = validator.validate(evidence, now);
  const context = {
    signer,
    user: request.user,
    offered: normalizeFingerprint(request.fingerprint),
    instanceId,
    rules,
    now,
  };
  const blocks = splitBlocks(evidence.keys);
  const checked = toCheck(blocks, context.offered, signer.modulusBytes);
  return blocks.map((block) => verdictOn(block, checked, context));
}

export { SignerValidator };

/**
 * Returns the lines for sshd: the accepted keys with their options, each line once. A key that was pushed twice may have two
 * lines with different options; sshd takes the first one that it accepts.
 */
export function authorizedKeysLines(verdicts: readonly Verdict[]): string[] {
  return [...new Set(verdicts.flatMap((verdict) => (verdict.kind === "accepted" ? [lineForSshd(verdict)] : [])))];
}

const lineForSshd = (verdict: Accepted): string => withOptions(optionsOf(verdict), verdict.line);

/**
 * Returns why the document cannot contain the answer, so that nothing else needs to be fetched; undefined if it may.
 * @throws Fault METADATA_TOO_LARGE if the document has more blocks than allowed
 */
export function noKeyReason(keys: Uint8Array, { fingerprint }: Request): "no-keys" | "not-offered" | undefined {
  const offered = normalizeFingerprint(fingerprint);
  const blocks = splitBlocks(keys);
  if (blocks.length === 0) return "no-keys";
  return offered === undefined || blocks.some((block) => mentions(block, offered)) ? undefined : "not-offered";
}

/** A server at the metadata address could serve genuine documents of another instance: only the host knows its own id. */
export function checkInstanceId(
  { instanceId }: Pick<Evidence, "instanceId">,
  rules: Pick<Rules, "instanceId">,
): string {
  if (!INSTANCE_ID.test(instanceId)) {
    throw new Fault("METADATA_MALFORMED", `invalid instance-id: ${quoted(instanceId)}`, { found: instanceId });
  }
  if (rules.instanceId !== undefined && rules.instanceId !== instanceId) {
    const facts = { expected: rules.instanceId, found: instanceId };
    throw new Fault("INSTANCE_MISMATCH", `the metadata is of ${instanceId}, this is ${rules.instanceId}`, facts);
  }
  return instanceId;
}

interface VerifyContext {
  readonly signer: UnrevokedSigner;
  readonly user: string;
  readonly offered: string | undefined;
  readonly instanceId: string;
  readonly rules: Rules;
  readonly now: Date;
}

/** Signature first: no field of a block is trusted, or reported as a fact, before its signature is verified. */
function verdictOn(header: BlockHeader, checked: ReadonlySet<BlockHeader>, context: VerifyContext): Verdict {
  const { signer, offered } = context;
  const { line } = header;
  if (offered !== undefined && !mentions(header, offered)) {
    return { kind: "refused", line, refusal: { reason: "another-key", offered } };
  }
  if (!checked.has(header)) {
    const what = `not checked, after the ${checked.size} keys that end last by what they say`;
    return { kind: "refused", line, refusal: { reason: "broken-block", line, what } };
  }
  const block = header.read();
  if (block.kind === "broken") {
    return { kind: "refused", line, refusal: { reason: "broken-block", line: block.at, what: block.what } };
  }
  const forged = signatureRefusal(block, signer);
  if (forged !== undefined) return { kind: "refused", line, refusal: forged };
  return verdictOnSignedBlock(block, context);
}

function signatureRefusal({ signed, signature }: KeyBlock, signer: UnrevokedSigner): Refusal | undefined {
  if (signature.length !== signer.modulusBytes) {
    return { reason: "signature-length", expected: signer.modulusBytes, found: signature.length };
  }
  return verifyBlockSignature(signer, signed, signature) ? undefined : { reason: "bad-signature", signer: signer.name };
}

/** Returns the verdict on a block whose signature is verified, so that its fields can be trusted. */
function verdictOnSignedBlock(block: KeyBlock, { user, offered, instanceId, rules, now }: VerifyContext): Verdict {
  const origin = { caller: block.fields.get("Caller"), requestId: block.fields.get("Request") };
  const key = parseKeyLine(block.key);
  const named = key.kind === "key" ? { fingerprint: fingerprintOf(key.blob) } : {};
  const refused = (refusal: Refusal): Verdict => ({ kind: "refused", line: block.line, refusal, origin, ...named });

  // The offered key may be in the comment of another key, because the caller that pushes a key chooses its comment.
  if (offered !== undefined && key.kind === "key" && !hasFingerprint(key.blob, offered)) {
    return refused({ reason: "another-key", offered });
  }
  const expires = expiry(block.fields.get("Timestamp"), rules, now);
  if (expires.kind === "refused") return refused(expires.refusal);
  const instance = block.fields.get("Instance");
  if (instance === undefined) return refused({ reason: "no-instance" });
  if (instance !== instanceId) return refused({ reason: "wrong-instance", expected: instanceId, found: instance });
  if (key.kind === "refused") return refused(key.refusal);
  const decision = decidePolicy(rules.policy, user, origin.caller);
  if (decision.kind === "refused" && rules.policy.mode === "enforce") return refused(decision.refusal);
  return {
    kind: "accepted",
    line: formatKeyLine(key),
    fingerprint: fingerprintOf(key.blob),
    expires: expires.at,
    ...origin,
    ...optionsFor(decision, origin, rules),
  };
}

/** Returns the parts of a verdict that come from [policy] and [session]. A key that is only reported has the options of no rule. */
function optionsFor(decision: PolicyDecision, origin: PushOrigin, { policy, callerVariable }: Rules) {
  const keyOptions = decision.kind === "allowed" ? decision.keyOptions : policy.keyOptions;
  return {
    ...(keyOptions !== undefined && { keyOptions }),
    ...(decision.kind === "allowed" && decision.rule !== undefined && { rule: decision.rule }),
    ...(decision.kind === "refused" && { reported: decision.refusal }),
    ...(callerVariable !== undefined && { variables: sessionVariables(callerVariable, origin) }),
  };
}

type Expiry = { readonly kind: "current"; readonly at: Date } | { readonly kind: "refused"; readonly refusal: Refusal };

/** Parses the expiry: it must be later than now, without tolerance. Clock skew only limits how far ahead it may be. */
function expiry(timestamp: string | undefined, rules: Rules, now: Date): Expiry {
  const refused = (refusal: Refusal): Expiry => ({ kind: "refused", refusal });
  if (timestamp === undefined) return refused({ reason: "no-timestamp" });
  if (!/^[0-9]{1,12}$/.test(timestamp)) return refused({ reason: "bad-timestamp", found: timestamp });
  const at = new Date(Number(timestamp) * 1000);
  if (at <= now) return refused({ reason: "expired", at, now });
  const latest = new Date(now.getTime() + (KEY_LIFETIME_SECONDS + rules.clockSkewSeconds) * 1000);
  return at > latest ? refused({ reason: "too-far-ahead", at, latest, now }) : { kind: "current", at };
}
