/** Judges whether sshd accepts public keys for this user at all, and whether a key alone is enough. Pure. */
import { by, type LoginFacts, valueIn } from "./facts.ts";
import { type Rule, rulesOf } from "./rule.ts";

const { letsIn, rule } = rulesOf("methods");

export function judgeMethods(facts: LoginFacts): Rule[] {
  const { sshd } = facts;
  if (sshd.kind === "unknown") return [];
  const pubkey = valueIn(facts, "pubkeyauthentication") ?? "yes";
  if (pubkey !== "yes") {
    const message = `PubkeyAuthentication ${pubkey}${by(facts, "pubkeyauthentication")}`;
    return [rule("refuses", "PubkeyAuthentication", message, "set PubkeyAuthentication yes")];
  }
  return [methodsRule(valueIn(facts, "authenticationmethods") ?? "any", by(facts, "authenticationmethods"))];
}

/**
 * Judges AuthenticationMethods: lists of methods, one of which must be completed from its first to its last.
 * @param value as `sshd -T` prints it: lists separated by spaces
 * @param place where it was set, for display
 */
export function methodsRule(value: string, place: string): Rule {
  const name = "AuthenticationMethods";
  const lists = value.split(/\s+/).map((list) => list.split(","));
  if (value === "any" || lists.some((list) => list.length === 1 && isPublicKey(list[0]))) {
    return letsIn(name, value === "any" ? "PubkeyAuthentication yes" : `${name} ${value}`);
  }
  const withKey = lists.filter((list) => list.some(isPublicKey));
  const [shortest] = withKey.toSorted((a, b) => a.length - b.length);
  if (shortest === undefined) {
    return rule("refuses", name, `${name} ${value}${place} has no publickey`, "add publickey to it as a separate list");
  }
  const keys = shortest.filter(isPublicKey).length;
  const others = shortest.filter((method) => !isPublicKey(method));
  const more = [...(keys > 1 ? [`${keys} different keys`] : []), ...others].join(" and ");
  return rule(
    "wants-more",
    name,
    `${name} ${value}${place}: a key alone is not enough, sshd requires ${more} as well`,
    "if a pushed key alone must be enough, add publickey to it as a separate list, for example in a Match block",
    "Partial publickey for USER …",
  );
}

const isPublicKey = (method: string | undefined): boolean => method === "publickey";
