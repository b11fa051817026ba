/** doctor's finding on [policy] for a user: refusals, rules, and the options of each. */
import { describe, expect, test } from "vitest";
import { judgePolicy } from "../../src/doctor/check/policy.ts";
import { ALLOW_ALL, type Policy } from "../../src/verify/policy.ts";

const RULES: Policy["rules"] = [
  { users: ["alice"], callers: ["arn:aws:sts::111122223333:assumed-role/Deploy/*"], keyOptions: "restrict" },
  { users: ["bob"], callers: ["arn:aws:sts::111122223333:assumed-role/Admin/*"] },
  { users: ["a*"], callers: ["arn:aws:iam::111122223333:user/*", "arn:aws:iam::111122223333:root"] },
];

describe("the host policy", () => {
  test.each<{ title: string; policy: Partial<Policy>; user: string; says: string }>([
    { title: "that is not set", policy: {}, user: "alice", says: 'lets every caller log in as "alice"' },
    {
      title: "with options for everybody",
      policy: { keyOptions: "no-pty" },
      user: "alice",
      says: 'lets every caller log in as "alice", with the options no-pty',
    },
    {
      title: "with rules, one of which restricts",
      policy: { rules: RULES },
      user: "alice",
      says:
        'lets the callers of its rules log in as "alice"; the first that allows counts: ' +
        "rule 1, arn:aws:sts::111122223333:assumed-role/Deploy/*: restrict; " +
        "rule 3, arn:aws:iam::111122223333:user/* or arn:aws:iam::111122223333:root: no options",
    },
    {
      title: "with rules that restrict nothing",
      policy: { rules: RULES.slice(1) },
      user: "bob",
      says: 'lets the callers of its rules log in as "bob"',
    },
  ])("$title", ({ policy, user, says }) => {
    expect(judgePolicy(user, { ...ALLOW_ALL, ...policy })).toEqual({ check: "policy", status: "ok", message: says });
  });

  test("that refuses a user is a failure", () => {
    expect(judgePolicy("root", { ...ALLOW_ALL, denyUsers: ["root"] })).toMatchObject({ status: "failed" });
  });
});
