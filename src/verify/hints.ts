/**
 * Hints on what to do about a refused key, one for each reason, for an administrator who reads them at night. A reason
 * without a hint does not compile. Separate from verdict.ts because a login needs no hints. docs/troubleshooting.md says
 * more.
 */
import type { RefusalReason } from "./verdict.ts";

const AGAIN = "push the key again";
const WHO_ANSWERS = "find out who answers at the metadata address";

export const HINTS: Readonly<Record<RefusalReason, string>> = {
  "another-key": "nothing to do: this is not the offered key; omit the fingerprint to see every key",
  "broken-block": `${AGAIN}; if it recurs, ${WHO_ANSWERS}`,
  "signature-length": WHO_ANSWERS,
  "bad-signature": `${AGAIN}: the service may have changed its signer just now; if it recurs, ${WHO_ANSWERS}`,
  "no-timestamp": "report it: the service gives every key an end",
  "bad-timestamp": "report it: the service gives the end as a number of seconds",
  expired: `${AGAIN} and log in within 60 seconds; if it ended just after the push, this machine's clock is fast`,
  "too-far-ahead": "set this machine's clock right (chronyc tracking); it is further behind than clock_skew_seconds",
  "no-instance": "report it: the service names the instance in every key",
  "wrong-instance": `push to this instance's id; if you did, ${WHO_ANSWERS}: it serves another instance's keys`,
  "key-control-character": "push the .pub file as ssh-keygen wrote it",
  "key-options": "push the bare key, type and base64: options such as command= or from= are not passed to sshd",
  "key-type": "use an ED25519, RSA or ECDSA key, plain or hardware-backed; no certificate, no DSA",
  "key-type-mismatch": "push the .pub file again, as ssh-keygen wrote it",
  "key-malformed": "push the .pub file again, as ssh-keygen wrote it",
  "policy-user-denied": "log in as another user, or have [policy] deny_users in the settings changed",
  "policy-user-not-allowed": "log in as another user, or have [policy] allow_users in the settings changed",
  "policy-caller": "push with a role that a rule of [policy] names for this user, or have the rules changed",
  "policy-default": "log in as a user that a rule of [policy] names, or have the rules changed",
};
