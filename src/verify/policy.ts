/**
 * Host policy: who may log in as whom, of the keys that hold. It looks at the user whom sshd names and at the Caller of
 * a block whose signature held, and it can only refuse: nothing here makes a key good.
 */
import type { PolicyRefusal } from "./verdict.ts";

export interface Policy {
  /** Nobody logs in as these, whatever else is set. */
  readonly denyUsers: readonly string[];
  /** Nobody logs in as anyone else. Undefined where it is not set; an empty list is set, and allows nobody. */
  readonly allowUsers: readonly string[] | undefined;
  /** A user whom any rule names is reached only by the callers of the rules that name him. */
  readonly rules: readonly PolicyRule[];
  /** For users whom no rule names. */
  readonly byDefault: "allow" | "deny";
  /** `report`: keys are accepted all the same, and the verdict carries what would have been. */
  readonly mode: "enforce" | "report";
}

/** Patterns, each for a whole user name or a whole caller's ARN. */
export interface PolicyRule {
  readonly users: readonly string[];
  readonly callers: readonly string[];
}

/** Refuses nothing. */
export const ALLOW_ALL: Policy = {
  denyUsers: [],
  allowUsers: undefined,
  rules: [],
  byDefault: "allow",
  mode: "enforce",
};

/** Characters; no ARN is longer. A longer Caller matches no rule, so that matching stays bounded. */
const MAX_CALLER = 2048;

/**
 * Why this caller may not log in as this user; undefined where he may.
 * @param caller `#Caller` of a block whose signature held; undefined where it has none, which matches no rule, as an
 *   empty one does
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
 * True when the whole of `text` matches. `*` stands for any characters, none included, within one part: it never
 * reaches over `:` or `/`. Case counts. Each piece of a pattern is looked for once and never again further on, so no
 * text can make matching slow.
 */
export function matches(pattern: string, text: string): boolean {
  const expected = parts(pattern);
  const found = parts(text);
  return expected.length === found.length && expected.every((part, i) => partMatches(part, found[i] ?? ""));
}

/** With the separators between them, which match only themselves. */
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
 * What is wrong with a pattern from the settings; undefined where nothing is. What would look like a wildcard and be
 * none is refused: a deny that never matches would be worse than a Fault.
 */
export function patternFlaw(pattern: string): string | undefined {
  if (pattern === "" || pattern.length > MAX_CALLER) return `must have 1 to ${MAX_CALLER} characters`;
  if (/[\x00-\x1f\x7f]/.test(pattern)) return "must have no control character";
  if (/[?[\]{}]/.test(pattern)) return "may have no wildcard but *";
  return pattern.includes("**") ? "may not have ** (a * never reaches over : or /)" : undefined;
}
