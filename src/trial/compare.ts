/**
 * Compares two answers to one call during a trial: that of the command in force, which decided the login, and eic-agent's,
 * which decided nothing. Two answers agree if sshd would accept the same keys by both. Pure.
 */
import type { Request } from "../verify/evidence.ts";
import { candidates, fingerprintOf, hasFingerprint, normalizeFingerprint } from "../verify/ssh/authorized-key.ts";
import type { PushOrigin } from "../verify/verdict.ts";
import type { Comparison } from "./comparison.ts";
import type { OwnAnswer } from "./own-answer.ts";
import type { Report } from "./report.ts";

export interface Compared {
  readonly comparison: Comparison;
  /** Fingerprints of the keys that sshd would accept by each answer: of the offered key only, if sshd named one. */
  readonly theirs: readonly string[];
  readonly ours: readonly string[];
  /** Whether the command in force ended in a way that makes sshd discard its output. */
  readonly theyFailed: boolean;
  /** Why eic-agent accepts no key: codes and reasons of docs/troubleshooting.md. */
  readonly reasons: readonly string[];
  /** Caller and request of the pushed key, if a block with a verified signature names them. */
  readonly origin: PushOrigin | undefined;
}

export function compareAnswers(request: Request, { ending, output }: Report, own: OwnAnswer): Compared {
  const theyFailed = ending === "failed";
  const theirs = theyFailed ? [] : keysIn(output.split("\n"), request);
  const ours = keysIn(linesOf(own), request);
  const found = { theirs, ours, theyFailed, reasons: reasonsOf(own), origin: originOf(own) };
  if (ending === "too-long") return { comparison: "not-compared", ...found };
  if (theirs.join() !== ours.join()) return { comparison: "differs", ...found };
  return { comparison: own.kind === "failed" ? "unanswered" : "agrees", ...found };
}

/** Returns the fingerprints of the keys in these lines, sorted: of the offered one only, if its fingerprint is known. */
function keysIn(lines: readonly string[], { fingerprint }: Request): string[] {
  const offered = normalizeFingerprint(fingerprint);
  const keys = lines.flatMap((line) => keyIn(line) ?? []);
  const counted = offered === undefined ? keys : keys.filter((key) => hasFingerprint(key, offered));
  return [...new Set(counted.map(fingerprintOf))].toSorted();
}

/**
 * Returns the key of one line of authorized_keys. A line with `cert-authority` names the authority of a certificate, and
 * not a key that may be offered.
 */
function keyIn(line: string): Buffer | undefined {
  if (/^[ \t]*#/.test(line)) return undefined;
  const key = candidates(line).find((blob) => {
    // RFC 4253 §6.6: the type, as a string, comes first in the key itself.
    const type = blob.toString("latin1", 4, 4 + blob.readUInt32BE(0));
    const [, options] = new RegExp(`^(.*[ \\t]|)${escaped(type)}[ \\t]+AAAA`).exec(line) ?? [];
    return options !== undefined && !/(^|,)\s*cert-authority(,|\s|$)/i.test(options);
  });
  return key;
}

const escaped = (text: string): string => text.replace(/[^A-Za-z0-9]/g, (character) => `\\x${hex(character)}`);
const hex = (character: string): string => character.charCodeAt(0).toString(16).padStart(2, "0").slice(-2);

const linesOf = (own: OwnAnswer): readonly string[] =>
  own.kind === "answered" && own.answer.kind === "judged" ? own.answer.lines : [];

function reasonsOf(own: OwnAnswer): string[] {
  if (own.kind === "failed") return [own.why === "busy" ? "busy" : own.why.code];
  const { answer } = own;
  if (answer.kind === "no-keys") return [answer.why];
  const refused = answer.verdicts.flatMap((one) => (one.kind === "refused" ? [one.refusal.reason] : []));
  return [...new Set(refused.filter((reason) => reason !== "another-key"))];
}

function originOf(own: OwnAnswer): PushOrigin | undefined {
  if (own.kind === "failed" || own.answer.kind === "no-keys") return undefined;
  for (const verdict of own.answer.verdicts) {
    if (verdict.kind === "accepted") return { caller: verdict.caller, requestId: verdict.requestId };
    if (verdict.refusal.reason !== "another-key" && verdict.origin !== undefined) return verdict.origin;
  }
  return undefined;
}
