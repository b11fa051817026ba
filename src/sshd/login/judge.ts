/** Applies all rules: what sshd will do with a key that it is given. Pure. */
import { present } from "../../present.ts";
import { judgeLoginAccount } from "./account.ts";
import type { LoginFacts } from "./facts.ts";
import { judgeKey, type LoginKey } from "./keys.ts";
import { judgeMethods } from "./methods.ts";
import { judgePam } from "./pam.ts";
import { deciding, type Rule } from "./rule.ts";
import { judgeNologin, judgeSession } from "./session.ts";
import { judgeUsers } from "./users.ts";

export interface NextStep {
  readonly outcome: "accepts" | "refuses" | "not-known";
  /** Every rule whose verdict is not `lets-in`, the deciding ones first. */
  readonly rules: readonly Rule[];
}

/** Returns the rules in the order in which sshd applies them. */
function loginRules(facts: LoginFacts, key?: LoginKey): Rule[] {
  const { sshd } = facts;
  const asked: Rule[] =
    sshd.kind === "known"
      ? []
      : [
          present({
            topic: "users",
            name: "sshd -T",
            verdict: "not-known",
            message: sshd.needsRoot
              ? "sshd's configuration can be read by root only"
              : `sshd does not say: ${sshd.message}`,
            hint: sshd.needsRoot ? "run this as root" : "sshd -T says more",
            needsRoot: sshd.needsRoot ? true : undefined,
          }),
        ];
  return [
    ...asked,
    ...judgeLoginAccount(facts),
    ...judgeUsers(facts),
    ...judgeMethods(facts),
    ...judgeKey(facts, key),
    ...judgePam(facts),
    ...judgeNologin(facts),
    ...judgeSession(facts),
  ];
}

export function nextStep(facts: LoginFacts, key?: LoginKey): NextStep {
  const rules = loginRules(facts, key).filter(({ verdict }) => verdict !== "lets-in");
  const [first] = deciding(rules);
  const ordered = [...deciding(rules), ...rules.filter((rule) => !deciding(rules).includes(rule))];
  switch (first?.verdict) {
    case "refuses":
      return { outcome: "refuses", rules: ordered };
    case "not-known":
    case "depends":
      return { outcome: "not-known", rules: ordered };
    default:
      return { outcome: "accepts", rules: ordered };
  }
}
