/**
 * The judgement: bytes and a clock in, verdicts out. Synchronous and pure. Success returns proof, and the next step
 * demands it: TrustedSigner, then UnrevokedSigner, then what only an UnrevokedSigner can have signed.
 */

import { Fault } from "./errors.ts";
import type { Evidence, Request, Rules } from "./evidence.ts";
import type { UnrevokedSigner } from "./ocsp/revocation.ts";
import { policyRefusal } from "./policy.ts";
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
import { verifyBlockSignature } from "./ssh/signature.ts";
import { quoted, type Refusal, type Verdict } from "./verdict.ts";

/** Seconds a pushed key lives, by the API reference of SendSSHPublicKey. */
const KEY_LIFETIME_SECONDS = 60;

/**
 * The verdict on every key of the document, in its order.
 * @param now read after the last byte of evidence came
 * @param proofs those that this call has made already, under these rules
 * @throws Fault where there is no signer to believe, this is not the instance that it seems to be, or the document has more
 *   blocks than one can have
 */
export function verifyKeys(
  request: Request,
  evidence: Evidence,
  rules: Rules,
  now: Date,
  proofs: SignerValidator = new SignerValidator(rules),
): Verdict[] {
  const instanceId = checkInstanceId(evidence, rules);
  const live = proofs.validate(evidence, now);
  const bench = {
    live,
    user: request.user,
    offered: normalizeFingerprint(request.fingerprint),
    instanceId,
    rules,
    now,
  };
  const blocks = splitBlocks(evidence.keys);
  const checked = toCheck(blocks, bench.offered, live.modulusBytes);
  return blocks.map((block) => verdictOn(block, checked, bench));
}

export { SignerValidator };

/** The lines for sshd: accepted keys, each once. */
export function authorizedKeysLines(verdicts: readonly Verdict[]): string[] {
  return [...new Set(verdicts.flatMap((verdict) => (verdict.kind === "accepted" ? [verdict.line] : [])))];
}

/**
 * Why nothing in the document can be the answer, so that nothing else needs to be fetched; undefined where it may be.
 * @throws Fault METADATA_TOO_LARGE where the document has more blocks than one can have
 */
export function noKeyReason(keys: Uint8Array, { fingerprint }: Request): "no-keys" | "not-offered" | undefined {
  const offered = normalizeFingerprint(fingerprint);
  const blocks = splitBlocks(keys);
  if (blocks.length === 0) return "no-keys";
  return offered === undefined || blocks.some((block) => mentions(block, offered)) ? undefined : "not-offered";
}

/** Whoever answers at the metadata address can serve genuine documents of his own instance: only the host knows better. */
export function checkInstanceId(
  { instanceId }: Pick<Evidence, "instanceId">,
  rules: Pick<Rules, "instanceId">,
): string {
  if (!/^i-[0-9a-f]{8,32}$/.test(instanceId)) {
    throw new Fault("METADATA_MALFORMED", `instance-id is none: ${quoted(instanceId)}`, { found: instanceId });
  }
  if (rules.instanceId !== undefined && rules.instanceId !== instanceId) {
    const facts = { expected: rules.instanceId, found: instanceId };
    throw new Fault("INSTANCE_MISMATCH", `the metadata is of ${instanceId}, this is ${rules.instanceId}`, facts);
  }
  return instanceId;
}

interface VerifyContext {
  readonly live: UnrevokedSigner;
  readonly user: string;
  readonly offered: string | undefined;
  readonly instanceId: string;
  readonly rules: Rules;
  readonly now: Date;
}

/** Signature before interpretation: nothing that a block says is believed, or reported as a fact, before it holds. */
function verdictOn(outline: BlockHeader, checked: ReadonlySet<BlockHeader>, bench: VerifyContext): Verdict {
  const { live, offered } = bench;
  const { line } = outline;
  if (offered !== undefined && !mentions(outline, offered)) {
    return { kind: "refused", line, refusal: { reason: "another-key", offered } };
  }
  if (!checked.has(outline)) {
    const what = `not checked, after the ${checked.size} keys that end last by what they say`;
    return { kind: "refused", line, refusal: { reason: "broken-block", line, what } };
  }
  const block = outline.read();
  if (block.kind === "broken") {
    return { kind: "refused", line, refusal: { reason: "broken-block", line: block.at, what: block.what } };
  }
  const forged = signatureRefusal(block, live);
  if (forged !== undefined) return { kind: "refused", line, refusal: forged };
  return verdictOnSignedBlock(block, bench);
}

function signatureRefusal({ signed, signature }: KeyBlock, live: UnrevokedSigner): Refusal | undefined {
  if (signature.length !== live.modulusBytes) {
    return { reason: "signature-length", expected: live.modulusBytes, found: signature.length };
  }
  return verifyBlockSignature(live, signed, signature) ? undefined : { reason: "bad-signature", signer: live.name };
}

/** What a block says counts from here on. */
function verdictOnSignedBlock(block: KeyBlock, { user, offered, instanceId, rules, now }: VerifyContext): Verdict {
  const origin = { caller: block.fields.get("Caller"), requestId: block.fields.get("Request") };
  const key = parseKeyLine(block.key);
  const named = "blob" in key ? { fingerprint: fingerprintOf(key.blob) } : {};
  const refused = (refusal: Refusal): Verdict => ({ kind: "refused", line: block.line, refusal, origin, ...named });

  // The offered key may have stood in the comment of another: a comment is the pusher's own choice.
  if (offered !== undefined && "blob" in key && !hasFingerprint(key.blob, offered)) {
    return refused({ reason: "another-key", offered });
  }
  const expires = expiry(block.fields.get("Timestamp"), rules, now);
  if ("reason" in expires) return refused(expires);
  const instance = block.fields.get("Instance");
  if (instance === undefined) return refused({ reason: "no-instance" });
  if (instance !== instanceId) return refused({ reason: "wrong-instance", expected: instanceId, found: instance });
  if ("reason" in key) return refused(key);
  const unwanted = policyRefusal(rules.policy, user, origin.caller);
  if (unwanted !== undefined && rules.policy.mode === "enforce") return refused(unwanted);
  return {
    kind: "accepted",
    line: formatKeyLine(key),
    fingerprint: fingerprintOf(key.blob),
    expires: expires.at,
    ...origin,
    ...(unwanted !== undefined && { reported: unwanted }),
  };
}

/** Strictly later than now: no tolerance ever prolongs a key. The skew only bounds how far ahead one may lie. */
function expiry(timestamp: string | undefined, rules: Rules, now: Date): { at: Date } | Refusal {
  if (timestamp === undefined) return { reason: "no-timestamp" };
  if (!/^[0-9]{1,12}$/.test(timestamp)) return { reason: "bad-timestamp", found: timestamp };
  const at = new Date(Number(timestamp) * 1000);
  if (at <= now) return { reason: "expired", at, now };
  const latest = new Date(now.getTime() + (KEY_LIFETIME_SECONDS + rules.clockSkewSeconds) * 1000);
  return at > latest ? { reason: "too-far-ahead", at, latest, now } : { at };
}
