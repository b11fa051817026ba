/** The rules of sshd that follow from the options in front of a key: where the client may be, and until when. Pure. */
import { expiryTime, keyOptionsIn } from "../settings/key-options.ts";
import { type Rule, rulesOf } from "../sshd/login/rule.ts";
import { quoted } from "../verify/verdict.ts";

const { rule } = rulesOf("keys");

/** Returns the rules by which sshd does not accept the key in every login. */
export function optionRules(options: string | null, now: Date): Rule[] {
  return keyOptionsIn(options ?? "").flatMap(({ name, value = "" }) => {
    if (name === "from") {
      const message = `the key's options let only clients from ${quoted(value)} log in`;
      return rule("depends", "from", message, "[policy] key_options has these addresses", FROM);
    }
    const end = name === "expiry-time" ? expiryTime(value) : undefined;
    if (end === undefined || end >= now) return [];
    const message = `the key's options ended at ${end.toISOString()}`;
    return rule("refuses", "expiry-time", message, "[policy] key_options has this time", "Refused by key options");
  });
}

const FROM = "… Authentication tried for … with correct key but not from a permitted host (…)";

/** Returns the rules of the push of a key that lets most clients in: sshd tries the line of each push. */
export function optionRulesOf(pushes: readonly { readonly options: string | null }[], now: Date): Rule[] {
  const all = pushes.map(({ options }) => optionRules(options, now));
  const isOver = (rules: readonly Rule[]) => rules.some(({ verdict }) => verdict === "refuses");
  return all.find((rules) => rules.length === 0) ?? all.find((rules) => !isOver(rules)) ?? all[0] ?? [];
}
