/** Whether [policy] allows logins as the --user at all, and what its rules allow them to do. Pure. login.ts judges the account. */
import { HINTS } from "../../verify/hints.ts";
import { decidePolicy, matches, type Policy } from "../../verify/policy.ts";
import { describeRefusal, quoted } from "../../verify/verdict.ts";
import { describeCheck, type Finding } from "../finding.ts";

/** Evaluates [policy] without a caller, which only a pushed key has, so only the rules for the user apply. */
export function judgePolicy(user: string | undefined, policy: Policy | undefined): Finding {
  const { ok, warning, failed, notApplicable } = describeCheck("policy");
  if (user === undefined) return notApplicable("no --user was named");
  if (policy === undefined) return notApplicable("not known while the settings cannot be read");
  const decision = decidePolicy(policy, user, undefined);
  if (decision.kind === "allowed") {
    const { keyOptions } = decision;
    const options = keyOptions === undefined ? "" : `, with the options ${keyOptions}`;
    return ok(`lets every caller log in as ${quoted(user)}${options}`);
  }
  const { refusal } = decision;
  if (refusal.reason === "policy-caller") {
    return ok(`lets the callers of its rules log in as ${quoted(user)}${rulesFor(policy, user)}`);
  }
  const { reason } = refusal;
  const facts = { reason };
  return policy.mode === "report"
    ? warning(`${describeRefusal(refusal)}; mode = "report": it is only recorded`, HINTS[reason], facts)
    : failed(`${describeRefusal(refusal)} (${reason})`, HINTS[reason], facts);
}

/** Lists the rules for a user with their options, in the order in which they count; empty if none restricts. */
function rulesFor({ rules }: Policy, user: string): string {
  const mine = rules.flatMap(({ users, callers, keyOptions }, i) =>
    users.some((pattern) => matches(pattern, user))
      ? [`rule ${i + 1}, ${callers.join(" or ")}: ${keyOptions ?? "no options"}`]
      : [],
  );
  return rules.some(({ keyOptions }) => keyOptions !== undefined)
    ? `; the first that allows counts: ${mine.join("; ")}`
    : "";
}
