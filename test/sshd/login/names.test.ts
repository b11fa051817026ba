/** sshd's patterns. Expectations are from real logins (test/e2e/let-in.test.ts) or from ssh_config(5), PATTERNS. */
import { describe, expect, test } from "vitest";
import { matchesList, matchesPattern, matchesUser } from "../../../src/sshd/login/names.ts";

describe("one pattern", () => {
  test.each([
    ["alice", "alice", true],
    ["alice", "Alice", false],
    ["alice", "al*", true],
    ["alice", "*", true],
    ["", "*", true],
    ["alice", "al?ce", true],
    ["alice", "al?", false],
    ["alice", "!alice", false],
    ["first.last", "first?last", true],
    ["firstxlast", "first.last", false],
    ["a+b", "a+b", true],
    ["ops people", "ops*", true],
    ["machine$", "machine$", true],
    ["a\\b", "a\\b", true],
  ])("%s fits %s: %s", (text, pattern, fits) => {
    expect(matchesPattern(text, pattern)).toBe(fits);
  });

  test("cannot be slow for any name: many stars in a row are one", () => {
    expect(matchesPattern("a".repeat(200), `${"*".repeat(200)}b`)).toBe(false);
  });
});

describe("a list of patterns", () => {
  test.each([
    ["ssh-ed25519", "ssh-ed25519,rsa-sha2-512", true],
    ["ssh-ed25519", "rsa-sha2-*,ssh-ed25519*", true],
    ["ssh-ed25519", "*,!ssh-ed25519", false],
    ["ssh-ed25519", "!ssh-ed25519,*", false],
    ["ssh-ed25519", "!ssh-rsa", false],
    ["ssh-ed25519", "", false],
  ])("%s is in %s: %s", (text, list, isIn) => {
    expect(matchesList(text, list)).toBe(isIn);
  });
});

describe("USER@HOST", () => {
  const client = { address: "10.1.2.3", host: "Bastion.Corp.example" };
  test.each([
    ["alice", client, "yes"],
    ["bob", client, "no"],
    ["alice@10.1.2.3", client, "yes"],
    ["alice@10.0.0.0/8", client, "yes"],
    ["alice@192.168.0.0/16", client, "no"],
    ["alice@10.1.*", client, "yes"],
    ["alice@*.corp.example", client, "yes"],
    ["alice@*.CORP.example", client, "yes"],
    ["alice@10.0.0.0/8,!10.1.0.0/16", client, "no"],
    ["alice@!10.1.2.3,*", client, "no"],
    ["alice@2001:db8::/32", client, "no"],
    ["bob@10.0.0.0/8", client, "no"],
    ["alice@*", undefined, "yes"],
    ["alice@10.0.0.0/8", undefined, "depends"],
    ["bob@10.0.0.0/8", undefined, "no"],
  ] as const)("%s, from %o: %s", (pattern, from, match) => {
    expect(matchesUser("alice", pattern, from)).toBe(match);
  });

  // Observed with AllowUsers root@1*,x@y: OpenSSH 9.2 lets root in from 127.0.0.1, 10.0 does not.
  test("with more than one @ is known only if both ways of splitting agree", () => {
    expect(matchesUser("user@corp.example", "user@corp.example@*", client)).toBe("depends");
    expect(matchesUser("user", "user@10.1.2.*,x@y", client)).toBe("depends");
    expect(matchesUser("user", "bob@10.1.2.3@*", client)).toBe("no");
    expect(matchesUser("user@corp.example", "user@corp.example", client)).toBe("no");
    expect(matchesUser("user@corp.example", "user?corp.example", client)).toBe("yes");
  });
});
