/**
 * Host policy: which callers may log in as which users, with valid keys. It uses the user that sshd names and the Caller of
 * a block with a verified signature. It can only refuse: nothing here makes a key valid.
 */
import type { PolicyRefusal } from "./verdict.ts";

export interface Policy {
  /** No caller may log in as these users, regardless of all other settings. */
  readonly denyUsers: readonly string[];
  /** No caller may log in as any other user. Undefined if not set; an empty list is set, and allows no user. */
  readonly allowUsers: readonly string[] | undefined;
  /** If any rule names a user, only the callers of the rules that name this user may log in as this user. */
  readonly rules: readonly PolicyRule[];
  /** For users that no rule names. */
  readonly byDefault: "allow" | "deny";
  /** `report`: keys are accepted anyway, and the verdict has the refusal that `enforce` would have given. */
  readonly mode: "enforce" | "report";
}

/** Patterns, each for a whole user name or the whole ARN of a caller. */
export interface PolicyRule {
  readonly users: readonly string[];
  readonly callers: readonly string[];
}

/** Policy that refuses nothing. */
export const ALLOW_ALL: Policy = {
  denyUsers: [],
  allowUsers: undefined,
  rules: [],
  byDefault: "allow",
  mode: "enforce",
};

/** Maximum characters; no ARN is longer. A longer Caller matches no rule, so that matching stays bounded. */
const MAX_CALLER = 2048;

/**
 * Returns why this caller may not log in as this user; undefined if it may.
 * @param caller `#Caller` of a block with a verified signature; undefined if it has none. Undefined matches no rule, and
 *   neither does an empty Caller
 */
export function policyRefusal(policy: Policy, user: string, caller: string | undefined): PolicyRefusal | undefined {
  const names = (patterns: readonly string[]) => patterns.some((pattern) => matches(pattern, user));
  if (names(policy.denyUsers)) return { reason: "policy-user-denied", user };
  if (policy.allowUsers !== undefined && !names(policy.allowUsers)) return { reason: "policy-user-not-allowed", user };

  const rules = policy.rules.filter(({ users }) => names(users));
  if (rules.length === 0) return policy.byDefault === "allow" ? undefined : { reason: "policy-default", user };
  const isKnown = caller !== undefined && caller !== "" && caller.length <= MAX_CALLER;
  if (isKnown && rules.some(({ callers }) => callers.some((pattern) => matches(pattern, caller)))) return undefined;
  return { reason: "policy-caller", user, caller };
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
