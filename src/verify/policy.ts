/**
 * Host policy: which callers may log in as which users, with valid keys, and what their sessions may do. It uses the user
 * that sshd names and the Caller of a block with a verified signature. It can only refuse and restrict: nothing here makes a
 * key valid.
 */
import type { PolicyRefusal } from "./verdict.ts";

export interface Policy {
  /** No caller may log in as these users, regardless of all other settings. */
  readonly denyUsers: readonly string[];
  /** No caller may log in as any other user. Undefined if not set; an empty list is set, and allows no user. */
  readonly allowUsers: readonly string[] | undefined;
  /** If any rule names a user, only the callers of the rules that name this user may log in as this user. */
  readonly rules: readonly PolicyRule[];
  /** Options of keys that no rule allowed, and that are accepted anyway; undefined for none. */
  readonly keyOptions?: string | undefined;
  /** For users that no rule names. */
  readonly byDefault: "allow" | "deny";
  /** `report`: keys are accepted anyway, and the verdict has the refusal that `enforce` would have given. */
  readonly mode: "enforce" | "report";
}

/** Patterns, each for a whole user name or the whole ARN of a caller. */
export interface PolicyRule {
  readonly users: readonly string[];
  readonly callers: readonly string[];
  /** Options of the keys that this rule allows, in sshd's form; undefined for none. */
  readonly keyOptions?: string | undefined;
}

/** Policy that refuses nothing. */
export const ALLOW_ALL: Policy = {
  denyUsers: [],
  allowUsers: undefined,
  rules: [],
  keyOptions: undefined,
  byDefault: "allow",
  mode: "enforce",
};

/** Maximum characters; no ARN is longer. A longer Caller matches no rule, so that matching stays bounded. */
const MAX_CALLER = 2048;

/** The policy's answer for one key. */
export type PolicyDecision =
  /** `rule`: 1-based number of the rule that allows the key, in file order; undefined if it is allowed without a rule. */
  | { readonly kind: "allowed"; readonly rule: number | undefined; readonly keyOptions: string | undefined }
  | { readonly kind: "refused"; readonly refusal: PolicyRefusal };

/**
 * Returns whether this caller may log in as this user. If several rules allow it, the first one in file order counts.
 * @param caller `#Caller` of a block with a verified signature; undefined if it has none. Undefined matches no rule, and
 *   neither does an empty Caller
 */
export function decidePolicy(policy: Policy, user: string, caller: string | undefined): PolicyDecision {
  const refused = (refusal: PolicyRefusal): PolicyDecision => ({ kind: "refused", refusal });
  const names = (patterns: readonly string[]) => patterns.some((pattern) => matches(pattern, user));
  if (names(policy.denyUsers)) return refused({ reason: "policy-user-denied", user });
  if (policy.allowUsers !== undefined && !names(policy.allowUsers)) {
    return refused({ reason: "policy-user-not-allowed", user });
  }
  if (!policy.rules.some(({ users }) => names(users))) {
    const { byDefault, keyOptions } = policy;
    return byDefault === "allow"
      ? { kind: "allowed", rule: undefined, keyOptions }
      : refused({ reason: "policy-default", user });
  }
  const isKnown = caller !== undefined && caller !== "" && caller.length <= MAX_CALLER;
  const at = policy.rules.findIndex(
    ({ users, callers }) => isKnown && names(users) && callers.some((pattern) => matches(pattern, caller)),
  );
  const rule = policy.rules[at];
  if (rule === undefined) return refused({ reason: "policy-caller", user, caller });
  return { kind: "allowed", rule: at + 1, keyOptions: rule.keyOptions };
}

/**
 * Checks whether the whole of `text` matches. `*` matches any number of characters, including zero, within one part: it
 * never matches `:` or `/`. Matching is case-sensitive. Each piece of a pattern is searched for once and never again further
 * on, so no text can make matching slow.
 */
export function matches(pattern: string, text: string): boolean {
  const expected = parts(pattern);
  const found = parts(text);
  return expected.length === found.length && expected.every((part, i) => partMatches(part, found[i] ?? ""));
}

/** Splits a text into its parts and the separators between them. Separators match only themselves. */
const parts = (text: string): string[] => text.split(/([:/])/);

function partMatches(pattern: string, text: string): boolean {
  const [first = "", ...others] = pattern.split("*");
  const last = others.pop();
  if (last === undefined) return text === first;
  if (first.length + last.length > text.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const piece of others) {
    const found = text.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

/**
 * Returns what is wrong with a pattern from the settings; undefined if it is valid. Characters that look like a wildcard but
 * are not are refused: a deny rule that never matches would be worse than a Fault.
 */
export function patternFlaw(pattern: string): string | undefined {
  if (pattern === "" || pattern.length > MAX_CALLER) return `must have 1 to ${MAX_CALLER} characters`;
  if (/[\x00-\x1f\x7f]/.test(pattern)) return "must have no control character";
  if (/[?[\]{}]/.test(pattern)) return "may have no wildcard but *";
  return pattern.includes("**") ? "may not have ** (a * never matches : or /)" : undefined;
}
