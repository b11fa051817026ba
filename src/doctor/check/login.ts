/**
 * Whether sshd itself would accept a login of the --user with a good key: the rules of sshd/login as findings, one check for
 * each of their topics. Without --user, the rules for all users. Pure.
 */

import { present } from "../../present.ts";
import { judgeLoginAccount } from "../../sshd/login/account.ts";
import type { LoginFacts } from "../../sshd/login/facts.ts";
import { judgeKey } from "../../sshd/login/keys.ts";
import { judgePam } from "../../sshd/login/pam.ts";
import type { Rule, Verdict } from "../../sshd/login/rule.ts";
import { judgeNologin, judgeSession } from "../../sshd/login/session.ts";
import { judgeUsers } from "../../sshd/login/users.ts";
import { type Check, describeCheck, type Finding } from "../finding.ts";

export function judgeLogin(user: string | undefined, facts: LoginFacts): Finding[] {
  return [
    user === undefined ? unnamed("account") : accountFinding(facts),
    user === undefined ? listsFinding(facts) : finding("login-users", judgeUsers(facts), facts),
    finding("login-keys", judgeKey(facts), facts),
    finding("nologin", judgeNologin(facts), facts),
    user === undefined ? unnamed("pam") : finding("pam", judgePam(facts), facts),
    user === undefined ? unnamed("session") : finding("session", judgeSession(facts), facts),
  ];
}

const unnamed = (check: Check): Finding => describeCheck(check).notApplicable("no --user was named");

function accountFinding(facts: LoginFacts): Finding {
  const found = finding("account", judgeLoginAccount(facts), facts);
  if (facts.account?.kind !== "read") return found;
  const { uid, shell } = facts.account.value;
  return { ...found, facts: { user: facts.user, uid, shell, ...found.facts } };
}

/** Judges the lists that exclude users. Which users they exclude is not known without --user. */
function listsFinding(facts: LoginFacts): Finding {
  const { ok, notApplicable } = describeCheck("login-users");
  if (facts.sshd.kind === "unknown") return skipped("login-users", facts.sshd);
  const { values } = facts.sshd;
  const set = LISTS.filter((name) => values.has(name.toLowerCase()));
  if (set.length === 0) return ok(`no ${LISTS.join(", no ")}`);
  return notApplicable(
    `${set.join(" and ")} let only some users log in: eic-agent doctor --user USER shows whether one may`,
  );
}

const LISTS = ["AllowUsers", "DenyUsers", "AllowGroups", "DenyGroups"] as const;

function skipped(check: Check, { needsRoot }: Extract<LoginFacts["sshd"], { kind: "unknown" }>): Finding {
  const { needsRoot: root, notApplicable } = describeCheck(check);
  return needsRoot ? root("querying sshd") : notApplicable("sshd does not report what is in force");
}

/** The doctor's status for each verdict. A session that ends is a login that does not work. */
const STATUSES: Readonly<Record<Verdict, Finding["status"]>> = {
  refuses: "failed",
  "ends-session": "failed",
  depends: "warning",
  "wants-more": "warning",
  "not-known": "not-applicable",
  "lets-in": "ok",
};

/** A shell that ends each login may be intended (a tunnel, a service account); so may a password that must be changed. */
const statusOf = ({ verdict, topic }: Rule): Finding["status"] =>
  verdict === "ends-session" && topic === "account" ? "warning" : STATUSES[verdict];

const WORST = ["failed", "warning", "not-applicable", "ok"] as const;

function finding(check: Check, rules: readonly Rule[], { sshd }: Pick<LoginFacts, "sshd">): Finding {
  const status = WORST.find((one) => rules.some((rule) => statusOf(rule) === one));
  if (status === undefined)
    return sshd.kind === "unknown" ? skipped(check, sshd) : describeCheck(check).notApplicable("nothing to judge");
  const deciding = rules.filter((rule) => statusOf(rule) === status);
  // With a warning, rules that are not known are reported, too.
  const unknown = status === "warning" ? rules.filter(({ verdict }) => verdict === "not-known") : [];
  const told = [...deciding, ...unknown];
  const [first] = deciding;
  const message = told.map((rule) => rule.message).join("; ");
  if (status === "ok" || first === undefined) return describeCheck(check).ok(message);
  const log = first.log === undefined ? "" : `; sshd's log then has: ${first.log}`;
  const facts = present({ rule: first.name, log: first.log });
  if (status === "not-applicable") {
    return present({
      check,
      status,
      message: `not known: ${message}; ${first.hint}`,
      facts,
      needsRoot: first.needsRoot,
    });
  }
  return { check, status, message, hint: `${first.hint}${log}`, facts };
}
