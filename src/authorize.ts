/** The corridor: one call from the request to the answer. Whoever wants to know how a login is decided begins here. */

import type { Identity } from "./host/instance.ts";
import type { KeyDocument, StapleSelector } from "./metadata/fetch.ts";
import type { Evidence, Request, Rules } from "./verify/evidence.ts";
import type { SignerValidator } from "./verify/signer-validator.ts";
import type { Verdict } from "./verify/verdict.ts";
import type { Anchor } from "./verify/x509/anchor.ts";

/** What a call touches of the world, passed in. */
export interface Dependencies {
  /** Which instance this is; before any connection. */
  identify(): Identity;
  /** The user's key document. */
  fetchKeys(user: string): Promise<KeyDocument>;
  /** Everything else that a judgement needs. */
  gather(keys: Uint8Array, plan: StapleSelector): Promise<Evidence>;
  /** The judges, loaded when there is something to judge: nine calls in ten end before. */
  court(): Promise<typeof import("./verify/verifier.ts")>;
  /** The anchors; later than requests that were made before. */
  anchors(): Promise<readonly Anchor[]>;
  readonly rules: Pick<Rules, "domains" | "clockSkewSeconds" | "policy">;
  /** Proofs that earlier calls made under these very rules. Each is held against the time of every use all the same. */
  earlierProofs?(rules: Rules): SignerValidator;
  now(): Date;
}

/** No key, and why: an answer, too. */
export type NoKeyReason = "not-ec2" | "not-offered" | Extract<KeyDocument, { none: string }>["none"];

export type Answer =
  | { readonly kind: "silent"; readonly why: NoKeyReason }
  | {
      readonly kind: "judged";
      readonly verdicts: readonly Verdict[];
      readonly lines: readonly string[];
      readonly now: Date;
    };

/** @throws Fault where the call cannot be answered */
export async function authorize(request: Request, world: Dependencies): Promise<Answer> {
  const identity = world.identify();
  if (identity.kind === "not-ec2") return { kind: "silent", why: "not-ec2" };

  const keys = await world.fetchKeys(request.user);
  if ("none" in keys) return { kind: "silent", why: keys.none };

  const {
    noKeyReason: absence,
    verifyKeys: judge,
    authorizedKeysLines: linesOf,
    SignerValidator: Proofs,
  } = await world.court();
  const absent = absence(keys.found, request);
  if (absent !== undefined) return { kind: "silent", why: absent };

  // Side by side: the requests go out, and the anchors are read while the replies are on their way.
  const proofs = world.anchors().then((anchors) => {
    const rules: Rules = { ...world.rules, instanceId: identity.id, anchors };
    return world.earlierProofs?.(rules) ?? new Proofs(rules);
  });
  const plan: StapleSelector = async (soFar, names) => (await proofs).missingStaples(soFar, names, world.now());
  const [evidence, proven] = await Promise.all([world.gather(keys.found, plan), proofs]);

  const now = world.now();
  const verdicts = judge(request, evidence, proven.rules, now, proven);
  return { kind: "judged", verdicts, lines: linesOf(verdicts), now };
}

/** What sshd reads. */
export const authorizedKeysText = (answer: Answer): string =>
  answer.kind === "judged" ? answer.lines.map((line) => `${line}\n`).join("") : "";
