/** Whether [policy] allows logins as the --user at all. Pure. login.ts judges the account. */
import { HINTS } from "../../verify/hints.ts";
import { decidePolicy, type Policy } from "../../verify/policy.ts";
import { describeRefusal, quoted } from "../../verify/verdict.ts";
import { describeCheck, type Finding } from "../finding.ts";

/** Evaluates [policy] without a caller, which only a pushed key has, so only the rules for the user apply. */
export function judgePolicy(user: string | undefined, policy: Policy | undefined): Finding {
  const { ok, warning, failed, notApplicable } = describeCheck("policy");
  if (user === undefined) return notApplicable("no --user was named");
  if (policy === undefined) return notApplicable("not known while the settings cannot be read");
  const decision = decidePolicy(policy, user, undefined);
  if (decision.kind === "allowed") return ok(`lets every caller log in as ${quoted(user)}`);
  const { refusal } = decision;
  if (refusal.reason === "policy-caller") return ok(`lets the callers of its rules log in as ${quoted(user)}`);
  const { reason } = refusal;
  const facts = { reason };
  return policy.mode === "report"
    ? warning(`${describeRefusal(refusal)}; mode = "report": it is only recorded`, HINTS[reason], facts)
    : failed(`${describeRefusal(refusal)} (${reason})`, HINTS[reason], facts);
}
