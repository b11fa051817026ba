/** The verdict on one pushed key: accepted, or refused with the first check that failed and the facts. */
import { escapeNonAscii } from "./escape.ts";
import type { SessionVariables } from "./ssh/session-variables.ts";

/**
 * The closed list of refusals, in the order in which the checks run, so a reason also shows how far the key got. Nothing
 * that a block contains is reported as a fact before its signature is verified.
 */
export type Refusal =
  | { reason: "another-key"; offered: string }
  | { reason: "broken-block"; line: number; what: string }
  | { reason: "signature-length"; expected: number; found: number }
  | { reason: "bad-signature"; signer: string }
  | { reason: "no-timestamp" }
  | { reason: "bad-timestamp"; found: string }
  | { reason: "expired"; at: Date; now: Date }
  | { reason: "too-far-ahead"; at: Date; latest: Date; now: Date }
  | { reason: "no-instance" }
  | { reason: "wrong-instance"; expected: string; found: string }
  | { reason: "key-control-character"; column: number }
  | { reason: "key-options"; before: string }
  | { reason: "key-type"; found: string }
  | { reason: "key-type-mismatch"; outside: string; inside: string }
  | { reason: "key-malformed"; what: string }
  | PolicyRefusal;

/** The key is valid, but [policy] of this host refuses it. Always the last check. */
export type PolicyRefusal =
  | { reason: "policy-user-denied"; user: string }
  | { reason: "policy-user-not-allowed"; user: string }
  | { reason: "policy-caller"; user: string; caller: string | undefined }
  | { reason: "policy-default"; user: string };

export type RefusalReason = Refusal["reason"];

/** The origin of a key, only from a block with a verified signature. EC2 Instance Connect states it, not this program. */
export interface PushOrigin {
  /** `#Caller`: the principal's ARN. The caller chooses its session name. */
  readonly caller: string | undefined;
  /** `#Request`: the request id of the API call, as in CloudTrail. */
  readonly requestId: string | undefined;
}

export interface Accepted extends PushOrigin {
  readonly kind: "accepted";
  /** `type base64`, rebuilt from the parsed key: never the line as received. */
  readonly line: string;
  /** Options of [policy] for sshd, which restrict the session; undefined for none. */
  readonly keyOptions?: string;
  /** 1-based number of the rule of [policy] that allows the key; undefined if none was needed. */
  readonly rule?: number;
  /** Variables that name the caller in the session; undefined if the settings name none. */
  readonly variables?: SessionVariables;
  /** `SHA256:` and unpadded base64, as ssh-keygen -l prints it. */
  readonly fingerprint: string;
  readonly expires: Date;
  /** Why [policy] would have refused the key; only if its mode is `report`. */
  readonly reported?: PolicyRefusal;
}

/**
 * Returns the options in front of an accepted key; undefined if there are none. Those of [policy] come first: sshd obeys the
 * first of two values for a variable, and refuses the key if it cannot read one of them.
 */
export function optionsOf({ keyOptions, variables }: Accepted): string | undefined {
  const options = [...(keyOptions === undefined ? [] : [keyOptions]), ...(variables?.options ?? [])];
  return options.length === 0 ? undefined : options.join(",");
}

/** Returns the line for sshd: the options, if there are any, and `type base64`. */
export const withOptions = (options: string | null | undefined, key: string): string =>
  options === null || options === undefined ? key : `${options} ${key}`;

export interface Refused {
  readonly kind: "refused";
  /** 1-based line of the key document at which the block begins. */
  readonly line: number;
  readonly refusal: Refusal;
  /** Only if the block's signature was verified. */
  readonly origin?: PushOrigin;
  /** Only if the block's signature was verified and its key could be parsed. */
  readonly fingerprint?: string;
}

/** There is no third state: a key that is not accepted is refused. */
export type Verdict = Accepted | Refused;

/** Returns the refusal as one sentence. A new reason without a sentence does not compile. */
export function describeRefusal(refusal: Refusal): string {
  switch (refusal.reason) {
    case "broken-block":
      return `line ${refusal.line} of the key document: ${refusal.what}`;
    case "another-key":
      return `not the key that was offered, ${refusal.offered}`;
    case "signature-length":
      return `the signature has ${refusal.found} bytes, the signer's have ${refusal.expected}`;
    case "bad-signature":
      return `the signature is invalid for the key of ${refusal.signer}`;
    case "no-timestamp":
      return "the key has no Timestamp, so it has no end";
    case "bad-timestamp":
      return `Timestamp is not 1 to 12 digits: ${quoted(refusal.found)}`;
    case "no-instance":
      return "the key names no Instance";
    case "wrong-instance":
      return `the key is for ${quoted(refusal.found)}, this is ${refusal.expected}`;
    case "expired":
      return `the key expired at ${refusal.at.toISOString()}, now it is ${refusal.now.toISOString()}`;
    case "too-far-ahead":
      return (
        `the key ends at ${refusal.at.toISOString()}, no later than ${refusal.latest.toISOString()} is possible: ` +
        "this machine's clock is slow, or this is not a pushed key"
      );
    case "key-control-character":
      return `the key line has a control character at column ${refusal.column}`;
    case "key-options":
      return `the key line has something before the key type: ${quoted(refusal.before)}`;
    case "key-type":
      return `keys of type ${quoted(refusal.found)} are not passed to sshd`;
    case "key-type-mismatch":
      return `the key line says ${refusal.outside}, the key itself ${quoted(refusal.inside)}`;
    case "key-malformed":
      return `the key is malformed: ${refusal.what}`;
    case "policy-user-denied":
      return `[policy] deny_users names ${quoted(refusal.user)}`;
    case "policy-user-not-allowed":
      return `[policy] allow_users does not name ${quoted(refusal.user)}`;
    case "policy-caller": {
      const caller = refusal.caller === undefined ? "a key without a Caller" : quoted(refusal.caller);
      return `no rule of [policy] lets ${caller} log in as ${quoted(refusal.user)}`;
    }
    case "policy-default":
      return `no rule of [policy] names ${quoted(refusal.user)}, and its default is deny`;
    default:
      return refusal satisfies never;
  }
}

/** Returns untrusted text in a form that is safe for terminals and logs: JSON quoting, ASCII only, cut at 200. */
export function quoted(text: string): string {
  return escapeNonAscii(JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text));
}
