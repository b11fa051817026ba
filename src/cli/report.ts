/** What a person at a terminal is told of one call. Lower case, one line a fact, a hint where something can be done. */
import type { Answer, Silence } from "../authorize.ts";
import { Fault } from "../core/errors.ts";
import type { Request } from "../core/evidence.ts";
import { quoted, sentence, type Verdict } from "../core/verdict.ts";

const SILENCES: Record<Silence, string> = {
  "not-ec2": "this is no EC2 instance: nothing was asked ([instance] id in the settings can say otherwise)",
  "no-user": "that can be no user's name: nothing was asked",
  "metadata-off": "the metadata service is turned off for this instance (403 to the token request)",
  "no-keys": "no key is pushed for this user; a pushed key lives for 60 seconds",
  "not-offered": "keys are pushed for this user, but not the offered one",
};

export function answer({ user }: Request, given: Answer): string {
  if (given.kind === "silent") return lines(`no key for ${quoted(user)}: ${SILENCES[given.why]}`);
  return lines(...given.verdicts.map((verdict) => told(verdict, given.now)));
}

function told(verdict: Verdict, now: Date): string {
  if (verdict.kind === "accepted") {
    const seconds = Math.floor((verdict.expires.getTime() - now.getTime()) / 1000);
    const by = verdict.caller === undefined ? "" : `, pushed by ${quoted(verdict.caller)}`;
    return `accepted ${verdict.fingerprint}: ${seconds} s left${by}`;
  }
  const name = verdict.fingerprint ?? `the key at line ${verdict.line}`;
  return `refused ${name}: ${sentence(verdict.refusal)} (${verdict.refusal.reason})`;
}

/** A Fault with its code and hint; anything else is a bug, and its stack is what helps. */
export function failure(error: unknown): string {
  if (!(error instanceof Fault)) {
    return lines(...`bug: ${error instanceof Error ? error.stack : String(error)}`.split("\n"));
  }
  return lines(`${error.code}: ${error.message}`, `hint: ${error.hint}`);
}

export function usage(message: string): string {
  return lines(message, "usage: eic-agent authorized-keys [--config FILE] USER [FINGERPRINT]");
}

/** Whatever came from outside, no control character of it reaches the terminal. */
const lines = (...texts: string[]): string =>
  texts.map((text) => `eic-agent: ${text.replace(/[\x00-\x1f\x7f-\x9f]/g, "\ufffd")}\n`).join("");
