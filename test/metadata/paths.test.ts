/** A user's name as one path segment: characters sent raw, characters sent encoded, and invalid names. */
import { describe, expect, test } from "vitest";
import { isSegment, PATHS } from "../../src/metadata/paths.ts";

const KEYS = "/latest/meta-data/managed-ssh-keys/active-keys/";

describe("a user in a path", () => {
  test.each([
    { user: "alice", sent: "alice" },
    { user: "ALICE@example.org", sent: "ALICE@example.org" },
    { user: "svc$", sent: "svc$" },
    { user: "a.b_c-d~e:f", sent: "a.b_c-d~e:f" },
    { user: "!&'()*+,;=", sent: "!&'()*+,;=" },
    { user: "a b", sent: "a%20b" },
    { user: "a?b#c", sent: "a%3Fb%23c" },
    { user: "100%", sent: "100%25" },
    { user: "%2e%2e", sent: "%252e%252e" },
    { user: "DOMAIN\\user", sent: "DOMAIN%5Cuser" },
    { user: "jürgen", sent: "j%C3%BCrgen" },
    { user: "名", sent: "%E5%90%8D" },
    { user: "𝒜", sent: "%F0%9D%92%9C" },
    { user: "...", sent: "..." },
    { user: "--config", sent: "--config" },
  ])("is encoded as in RFC 3986: $user", ({ user, sent }) => {
    expect(isSegment(user)).toBe(true);
    expect(PATHS.keys(user)).toBe(`${KEYS}${sent}/`);
    expect(decodeURIComponent(sent)).toBe(user);
  });

  test.each([
    { title: "empty", user: "" },
    { title: "a dot", user: "." },
    { title: "two dots", user: ".." },
    { title: "a slash", user: "a/b" },
    { title: "a path with ..", user: "../signer-cert" },
    { title: "a newline", user: "a\nb" },
    { title: "a NUL", user: "a\0" },
    { title: "DEL", user: "a\x7f" },
    { title: "a lone surrogate", user: "a\ud800" },
    { title: "257 bytes", user: "a".repeat(257) },
    { title: "257 bytes in 129 characters", user: `${"ü".repeat(128)}a` },
  ])("is not a user name if it is $title", ({ user }) => {
    expect(isSegment(user)).toBe(false);
  });

  test("may have 256 bytes", () => {
    expect(isSegment("ü".repeat(128))).toBe(true);
  });
});
