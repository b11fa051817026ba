/** Host policy: which caller may log in as which user. A pattern matches within one part; only a match permits a login. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ALLOW_ALL, decidePolicy, matches, type Policy, patternFlaw } from "../../src/verify/policy.ts";

const ADMIN = "arn:aws:sts::111122223333:assumed-role/Admin/alice";
const OPS = "arn:aws:sts::111122223333:assumed-role/Ops/bob";

describe("a pattern", () => {
  test.each([
    { pattern: "root", text: "root", gives: true },
    { pattern: "root", text: "Root", gives: false },
    { pattern: "root", text: "roots", gives: false },
    { pattern: "root", text: "aroot", gives: false },
    { pattern: "root", text: "", gives: false },
    { pattern: "svc-*", text: "svc-", gives: true },
    { pattern: "svc-*", text: "svc-a", gives: true },
    { pattern: "*-svc", text: "a-svc-b", gives: false },
    { pattern: "a*b*c", text: "abc", gives: true },
    { pattern: "a*b*c", text: "aXbYbZc", gives: true },
    { pattern: "a*b*c", text: "acb", gives: false },
    { pattern: "a*a", text: "a", gives: false },
    { pattern: "a*bb*bb", text: "abbb", gives: false },
    { pattern: "*", text: "anything at all", gives: true },
    { pattern: "*", text: "a:b", gives: false },
    { pattern: "*", text: "a/b", gives: false },
    { pattern: "*/*", text: "a/b", gives: true },
    { pattern: "*/*", text: "a:b", gives: false },
    { pattern: "a.c", text: "abc", gives: false },
    { pattern: "(a+)+$", text: "(a+)+$", gives: true },
    { pattern: "a\\*", text: "a*", gives: false },
    { pattern: "user-\u00e9*", text: "user-\u00e9a", gives: true },
    { pattern: "arn:aws:sts::111122223333:assumed-role/Admin/*", text: ADMIN, gives: true },
    { pattern: "arn:aws:sts::111122223333:assumed-role/*/alice", text: ADMIN, gives: true },
    { pattern: "arn:aws:sts::*:assumed-role/Admin/*", text: ADMIN, gives: true },
    { pattern: "arn:*:*:*:*:*/*/*", text: ADMIN, gives: true },
    { pattern: "arn:aws:sts::111122223333:assumed-role/Admin*", text: ADMIN, gives: false },
    { pattern: "arn:aws:sts::111122223333:*", text: ADMIN, gives: false },
    { pattern: "arn:aws:sts::111122223333:assumed-role/Admin/*", text: `${ADMIN}/root`, gives: false },
    { pattern: "arn:aws:sts::111122223333:assumed-role/Admin/*", text: `${ADMIN}:x`, gives: false },
    { pattern: "arn:aws:sts::111122223333:assumed-role/Admin/*", text: `x${ADMIN}`, gives: false },
    { pattern: "arn:aws:iam::111122223333:user/*", text: "arn:aws:iam::111122223333:user/team/carol", gives: false },
  ])("$pattern on $text: $gives", ({ pattern, text, gives }) => {
    expect(matches(pattern, text)).toBe(gives);
  });

  test("matches like a straightforward implementation", () => {
    // Recursion without a limit: correct, and far too slow for untrusted text.
    const slow = (pattern: string, text: string): boolean => {
      if (pattern === "") return text === "";
      if (pattern[0] !== "*") return text[0] === pattern[0] && slow(pattern.slice(1), text.slice(1));
      return slow(pattern.slice(1), text) || (/^[^:/]/s.test(text) && slow(pattern, text.slice(1)));
    };
    const words = fc.string({ unit: fc.constantFrom("a", "b", "*", ":", "/"), maxLength: 8 });
    fc.assert(
      fc.property(words, words, (pattern, text) => {
        expect(matches(pattern, text)).toBe(slow(pattern, text));
      }),
      { numRuns: 5000 },
    );
  });

  // If every way to divide a text among the stars were tried, none of these would finish within a lifetime.
  test("is decided by searching each piece once, for any text", () => {
    expect(matches(`${"*a".repeat(1000)}b`, "a".repeat(2048))).toBe(false);
    expect(matches(`${"a*".repeat(500)}b`, `${"a".repeat(2047)}c`)).toBe(false);
    expect(matches(Array(500).fill("*a*a").join("/"), Array(500).fill("aaa").join("/"))).toBe(true);
  });

  test.each([
    { pattern: "", flaw: "must have 1 to 2048 characters" },
    { pattern: "a".repeat(2049), flaw: "must have 1 to 2048 characters" },
    { pattern: "a\nb", flaw: "must have no control character" },
    { pattern: "a?", flaw: "may have no wildcard but *" },
    { pattern: "[ab]", flaw: "may have no wildcard but *" },
    { pattern: "{a,b}", flaw: "may have no wildcard but *" },
    { pattern: "a**", flaw: "may not have ** (a * never matches : or /)" },
    { pattern: "DOMAIN\\user name", flaw: undefined },
    { pattern: "*", flaw: undefined },
  ])("that is ambiguous is refused: $pattern", ({ pattern, flaw }) => {
    expect(patternFlaw(pattern)).toBe(flaw);
  });
});

/** Returns the refusal; undefined if the policy allows the key. */
function refusalBy(policy: Partial<Policy>, user: string, caller: string | undefined) {
  const decision = decidePolicy({ ...ALLOW_ALL, ...policy }, user, caller);
  return decision.kind === "refused" ? decision.refusal : undefined;
}

describe("a policy", () => {
  const ruled: Partial<Policy> = {
    rules: [
      { users: ["root", "admin"], callers: ["arn:aws:sts::111122223333:assumed-role/Admin/*"] },
      { users: ["root"], callers: ["arn:aws:iam::111122223333:user/break-glass"] },
      { users: ["svc-*"], callers: ["arn:aws:sts::111122223333:assumed-role/Ops/*"] },
    ],
  };
  const denied = "policy-user-denied";
  const notAllowed = "policy-user-not-allowed";
  const byCaller = "policy-caller";
  const byDefault = "policy-default";

  test.each<{ title: string; policy: Partial<Policy>; user: string; caller: string | undefined; gives: unknown }>([
    { title: "that is not set refuses nothing", policy: {}, user: "root", caller: undefined, gives: undefined },
    { title: "denies a user", policy: { denyUsers: ["root"] }, user: "root", caller: ADMIN, gives: denied },
    { title: "denies no other user", policy: { denyUsers: ["root"] }, user: "alice", caller: ADMIN, gives: undefined },
    {
      title: "denies a user that it also allows",
      policy: { denyUsers: ["a*"], allowUsers: ["alice"] },
      user: "alice",
      caller: ADMIN,
      gives: denied,
    },
    {
      title: "denies a user that a rule also names",
      policy: { ...ruled, denyUsers: ["root"] },
      user: "root",
      caller: ADMIN,
      gives: denied,
    },
    {
      title: "allows the users that it names",
      policy: { allowUsers: ["al*"] },
      user: "alice",
      caller: undefined,
      gives: undefined,
    },
    { title: "allows no other user", policy: { allowUsers: ["alice"] }, user: "bob", caller: ADMIN, gives: notAllowed },
    {
      title: "allows no user by an empty list",
      policy: { allowUsers: [] },
      user: "bob",
      caller: ADMIN,
      gives: notAllowed,
    },
    {
      title: "applies its rules to the users that it allows",
      policy: { ...ruled, allowUsers: ["root"] },
      user: "root",
      caller: OPS,
      gives: byCaller,
    },
    { title: "lets a rule's caller log in as its user", policy: ruled, user: "root", caller: ADMIN, gives: undefined },
    {
      title: "lets the caller of any rule that names the user log in",
      policy: ruled,
      user: "root",
      caller: "arn:aws:iam::111122223333:user/break-glass",
      gives: undefined,
    },
    {
      title: "does not apply one rule's caller to another rule's user",
      policy: ruled,
      user: "admin",
      caller: "arn:aws:iam::111122223333:user/break-glass",
      gives: byCaller,
    },
    { title: "refuses another caller", policy: ruled, user: "root", caller: OPS, gives: byCaller },
    { title: "accepts patterns for users of a rule", policy: ruled, user: "svc-web", caller: OPS, gives: undefined },
    { title: "refuses a key without a Caller", policy: ruled, user: "root", caller: undefined, gives: byCaller },
    {
      title: "treats an empty Caller as none",
      policy: { rules: [{ users: ["root"], callers: ["*"] }] },
      user: "root",
      caller: "",
      gives: byCaller,
    },
    {
      title: "treats a Caller longer than any ARN as none",
      policy: { rules: [{ users: ["root"], callers: ["a*"] }] },
      user: "root",
      caller: "a".repeat(2049),
      gives: byCaller,
    },
    { title: "leaves other users alone by default", policy: ruled, user: "alice", caller: undefined, gives: undefined },
    {
      title: "refuses users that no rule names if its default is deny",
      policy: { ...ruled, byDefault: "deny" },
      user: "alice",
      caller: ADMIN,
      gives: byDefault,
    },
    {
      title: "allows by rules if its default is deny",
      policy: { ...ruled, byDefault: "deny" },
      user: "root",
      caller: ADMIN,
      gives: undefined,
    },
    {
      title: "without rules refuses all users if its default is deny",
      policy: { byDefault: "deny" },
      user: "root",
      caller: ADMIN,
      gives: byDefault,
    },
  ])("$title", ({ policy, user, caller, gives }) => {
    expect(refusalBy(policy, user, caller)?.reason).toBe(gives);
  });

  test("reports the caller and the user", () => {
    expect(refusalBy(ruled, "root", OPS)).toEqual({
      reason: "policy-caller",
      user: "root",
      caller: OPS,
    });
  });

  describe("restricts by key_options", () => {
    const limited: Partial<Policy> = {
      keyOptions: "no-port-forwarding",
      rules: [
        { users: ["root"], callers: ["arn:aws:sts::111122223333:assumed-role/Ops/*"], keyOptions: "restrict,pty" },
        { users: ["root"], callers: ["arn:aws:sts::111122223333:assumed-role/*/bob"], keyOptions: "no-pty" },
        { users: ["*"], callers: ["arn:aws:sts::111122223333:assumed-role/Admin/*"] },
        { users: ["svc"], callers: ["arn:aws:sts::111122223333:assumed-role/Admin/*"], keyOptions: "no-pty" },
      ],
    };
    test.each([
      { title: "of the first rule that allows", user: "root", caller: OPS, rule: 1, keyOptions: "restrict,pty" },
      { title: "of a later rule", user: "root", caller: ADMIN, rule: 3, keyOptions: undefined },
      { title: "of no rule after it", user: "svc", caller: ADMIN, rule: 3, keyOptions: undefined },
    ])("$title", ({ user, caller, rule, keyOptions }) => {
      expect(decidePolicy({ ...ALLOW_ALL, ...limited }, user, caller)).toEqual({ kind: "allowed", rule, keyOptions });
    });

    test("of the policy for users that no rule names", () => {
      const rules = limited.rules?.filter(({ users }) => !users.includes("*")) ?? [];
      expect(decidePolicy({ ...ALLOW_ALL, ...limited, rules }, "alice", OPS)).toEqual({
        kind: "allowed",
        rule: undefined,
        keyOptions: "no-port-forwarding",
      });
    });
  });
});
