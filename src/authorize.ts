/** Decides one call, from the request to the answer. Start here to understand how a login is decided. */

import type { Identity } from "./host/instance.ts";
import type { KeyDocument, StapleSelector } from "./metadata/fetch.ts";
import type { FetchedSignerEvidence, Request, Rules } from "./verify/evidence.ts";
import type { SignerValidator } from "./verify/signer-validator.ts";
import type { Verdict } from "./verify/verdict.ts";
import type { Anchor } from "./verify/x509/anchor.ts";

/** Everything that a call needs from outside: the machine, the network, the clock. */
export interface Dependencies {
  /** Identifies this instance, before any connection is made. */
  identify(): Identity;
  /** Fetches the user's key document. */
  fetchKeyDocument(user: string): Promise<KeyDocument>;
  /** Fetches the rest of the evidence: the instance id, the certificates of signer and chain, and the OCSP staples. */
  fetchSignerEvidence(selectStaples: StapleSelector): Promise<FetchedSignerEvidence>;
  /** Loads the verifier. Called only if there are keys to verify: nine calls in ten end before that. */
  loadVerifier(): Promise<typeof import("./verify/verifier.ts")>;
  /** Returns the trust anchors. They are read after the requests have been sent. */
  anchors(): Promise<readonly Anchor[]>;
  readonly rules: Pick<Rules, "domains" | "clockSkewSeconds" | "policy" | "callerVariable">;
  /**
   * Returns the validator of earlier calls under exactly these rules. Its results are still checked against the time of
   * each use.
   */
  cachedValidator?(rules: Rules): SignerValidator;
  now(): Date;
}

/** Reason why no key is printed. This is an answer, not a failure. */
export type NoKeyReason = "not-ec2" | "not-offered" | Extract<KeyDocument, { none: string }>["none"];

export type Answer =
  | { readonly kind: "no-keys"; readonly why: NoKeyReason }
  | {
      readonly kind: "judged";
      readonly verdicts: readonly Verdict[];
      readonly lines: readonly string[];
      readonly now: Date;
    };

/** @throws Fault if the call cannot be answered */
export async function authorize(request: Request, dependencies: Dependencies): Promise<Answer> {
  const identity = dependencies.identify();
  if (identity.kind === "not-ec2") return { kind: "no-keys", why: "not-ec2" };

  const document = await dependencies.fetchKeyDocument(request.user);
  if ("none" in document) return { kind: "no-keys", why: document.none };

  const {
    noKeyReason,
    verifyKeys,
    authorizedKeysLines,
    SignerValidator: Validator,
  } = await dependencies.loadVerifier();
  const absent = noKeyReason(document.found, request);
  if (absent !== undefined) return { kind: "no-keys", why: absent };

  // The anchors are read while the replies to the requests are on their way.
  const validator = dependencies.anchors().then((anchors) => {
    const rules: Rules = { ...dependencies.rules, instanceId: identity.id, anchors };
    return dependencies.cachedValidator?.(rules) ?? new Validator(rules);
  });
  const selectStaples: StapleSelector = async (fetched, names) =>
    (await validator).selectStaples(fetched, names, dependencies.now());
  const [signerEvidence, proven] = await Promise.all([dependencies.fetchSignerEvidence(selectStaples), validator]);

  const now = dependencies.now();
  const evidence = { ...signerEvidence, keys: document.found };
  const verdicts = verifyKeys(request, evidence, proven, now);
  return { kind: "judged", verdicts, lines: authorizedKeysLines(verdicts), now };
}

/** Returns the text that sshd reads. */
export const authorizedKeysText = (answer: Answer): string =>
  answer.kind === "judged" ? answer.lines.map((line) => `${line}\n`).join("") : "";
