/** The user of --user: whether there is an account to log in to, and whether policy lets anybody do so. Pure. */
import { HINTS } from "../../core/hints.ts";
import { type Policy, policyRefusal } from "../../core/policy.ts";
import { quoted, sentence } from "../../core/verdict.ts";
import type { AccountLook } from "../../sshd/accounts.ts";
import { about, type Finding } from "./finding.ts";

export function judgeAccount(user: string | undefined, account: AccountLook): Finding {
  const { ok, warning, failed, notApplicable } = about("account");
  if (user === undefined) return notApplicable("no --user was named");
  if (account === undefined) return notApplicable(`${quoted(user)}: there is no getent to ask`);
  const { found } = account;
  if (found === undefined) {
    return failed(
      `there is no user ${quoted(user)}: sshd asks for no key`,
      "push for a user that exists, or make this one",
    );
  }
  const facts = { user, uid: found.uid, shell: found.shell };
  return /\/(nologin|false)$/.test(found.shell)
    ? warning(`${user} has ${found.shell} for a shell, which ends every login`, "push for another user", facts)
    : ok(`${user}, uid ${found.uid}`, facts);
}

/** Without a caller, which only a pushed key has: what is refused then by name is refused for everybody. */
export function judgePolicy(user: string | undefined, policy: Policy | undefined): Finding {
  const { ok, warning, failed, notApplicable } = about("policy");
  if (user === undefined) return notApplicable("no --user was named");
  if (policy === undefined) return notApplicable("not known while the settings cannot be read");
  const refusal = policyRefusal(policy, user, undefined);
  if (refusal === undefined) return ok(`lets every caller log in as ${quoted(user)}`);
  if (refusal.reason === "policy-caller") return ok(`lets the callers of its rules log in as ${quoted(user)}`);
  const { reason } = refusal;
  const facts = { reason };
  return policy.mode === "report"
    ? warning(`${sentence(refusal)}; mode = "report": it is only recorded`, HINTS[reason], facts)
    : failed(`${sentence(refusal)} (${reason})`, HINTS[reason], facts);
}
