/** The two entry points: the meaning of argv. */
import { describe, expect, test } from "vitest";
import { parseCall } from "../src/request.ts";

const HAND = "/usr/bin/eic-agent";
const SSHD = "/usr/libexec/eic-agent/authorized-keys";

const keys = (user: string, fingerprint?: string, config?: string, other?: readonly string[], within?: number) => ({
  kind: "authorized-keys",
  request: { user, fingerprint },
  config,
  within,
  other,
  isTrial: false,
});

describe("by hand", () => {
  test.each([
    { words: ["alice"], gives: keys("alice") },
    { words: ["alice", "SHA256:x"], gives: keys("alice", "SHA256:x") },
    { words: ["--config", "/c", "alice"], gives: keys("alice", undefined, "/c") },
    { words: ["--config=/c=d", "alice", "MD5:x"], gives: keys("alice", "MD5:x", "/c=d") },
    { words: ["--within", "700", "alice"], gives: keys("alice", undefined, undefined, undefined, 700) },
    { words: ["--within=1", "--config=/c", "--", "-a"], gives: keys("-a", undefined, "/c", undefined, 1) },
    { words: ["alice", "--within"], gives: keys("alice", "--within") },
    { words: ["alice", "--config"], gives: keys("alice", "--config") },
    { words: ["alice", "--help"], gives: keys("alice", "--help") },
    { words: ["--", "--config"], gives: keys("--config") },
    { words: ["--", "-x", "-y"], gives: keys("-x", "-y") },
    { words: ["-"], gives: keys("-") },
    { words: [""], gives: keys("") },
    { words: ["alice", ""], gives: keys("alice", "") },
    { words: ["alice", "--"], gives: keys("alice", "--") },
    { words: ["alice", "SHA256:x", "--", "/o"], gives: keys("alice", "SHA256:x", undefined, ["/o"]) },
    { words: ["--config", "/c", "alice", "", "--", "/o"], gives: keys("alice", "", "/c", ["/o"]) },
    { words: ["--", "--", "--", "--", "/o"], gives: keys("--", "--", undefined, ["/o"]) },
    { words: ["a", "b", "--", "/o", "--config", "/c"], gives: keys("a", "b", undefined, ["/o", "--config", "/c"]) },
    { words: ["a", "b", "--trial"], gives: { ...keys("a", "b"), isTrial: true } },
    {
      words: ["--within", "9", "--", "--trial", "--trial", "--trial"],
      gives: { ...keys("--trial", "--trial", undefined, undefined, 9), isTrial: true },
    },
    { words: ["a", "--trial"], gives: keys("a", "--trial") },
  ])("accepts options before the user and none after it: $words", ({ words, gives }) => {
    expect(parseCall(HAND, ["authorized-keys", ...words])).toEqual(gives);
  });

  test.each([
    { words: [], message: "a user is needed" },
    { words: ["--config", "/c"], message: "a user is needed" },
    { words: ["--config"], message: "--config needs a file" },
    { words: ["--config", ""], message: "--config needs a file" },
    { words: ["--config=", "alice"], message: "--config needs a file" },
    { words: ["--config", "/a", "--config", "/b", "alice"], message: "--config twice" },
    { words: ["--within"], message: "--within needs milliseconds" },
    { words: ["--within", "0", "alice"], message: "--within takes whole milliseconds" },
    { words: ["--within", "1e3", "alice"], message: "--within takes whole milliseconds" },
    { words: ["--within", "-5", "alice"], message: "--within takes whole milliseconds" },
    { words: ["--within", "1000000", "alice"], message: "--within takes whole milliseconds" },
    { words: ["--within=5", "--within=6", "alice"], message: "--within twice" },
    { words: ["--socket", "/s", "alice"], message: "no option --socket" },
    { words: ["--toString", "alice"], message: "no option --toString" },
    { words: ["--verbose", "alice"], message: "no option --verbose" },
    { words: ["-v", "alice"], message: "no option -v" },
    { words: ["a", "b", "c"], message: "too many arguments: 3, at most USER and FINGERPRINT" },
    { words: ["a", "b", "c", "--", "/o"], message: "too many arguments: 5, at most USER and FINGERPRINT" },
    { words: ["a", "b", "--trial", "c"], message: "too many arguments: 4, at most USER and FINGERPRINT" },
    { words: ["a", "b", "--"], message: "a command is needed after --" },
    { words: ["a", "--", "/o"], message: "-- must follow USER and FINGERPRINT" },
    { words: ["--", "a", "--", "/o"], message: "-- must follow USER and FINGERPRINT" },
  ])("is a usage error with $words", ({ words, message }) => {
    expect(parseCall(HAND, ["authorized-keys", ...words])).toEqual({
      kind: "usage",
      message,
      command: "authorized-keys",
    });
  });

  test.each([[], ["--help"], ["--version"], ["authorised-keys"], ["doctor", "x"]])(
    "passes %j to the command line",
    (...words) => {
      expect(parseCall(HAND, words)).toEqual({ kind: "cli", words });
    },
  );

  test("shows help if --help is an option", () => {
    expect(parseCall(HAND, ["authorized-keys", "--help"])).toEqual({
      kind: "cli",
      words: ["authorized-keys", "--help"],
    });
  });
});

describe("the service", () => {
  test.each([
    { words: [], gives: { socket: undefined, config: undefined } },
    { words: ["--socket", "/s", "--config=/c"], gives: { socket: "/s", config: "/c" } },
    { words: ["--"], gives: { socket: undefined, config: undefined } },
  ])("gets its socket from $words", ({ words, gives }) => {
    expect(parseCall(HAND, ["serve", ...words])).toEqual({ kind: "serve", ...gives });
  });

  test.each([
    { words: ["--socket"], message: "--socket needs a path" },
    { words: ["--socket="], message: "--socket needs a path" },
    { words: ["--within", "5"], message: "no option --within" },
    { words: ["/s"], message: "unexpected argument /s" },
    { words: ["--", "--socket"], message: "unexpected argument --socket" },
  ])("is a usage error with $words", ({ words, message }) => {
    expect(parseCall(HAND, ["serve", ...words])).toEqual({ kind: "usage", message, command: "serve" });
  });

  test("shows its help", () => {
    expect(parseCall(HAND, ["serve", "--help"])).toEqual({ kind: "cli", words: ["serve", "--help"] });
  });

  test("cannot be started by sshd: there the word is a user", () => {
    expect(parseCall(SSHD, ["serve"])).toEqual(keys("serve"));
  });
});

describe("sshd's entry point", () => {
  test.each([
    { words: ["alice", "SHA256:x"], gives: keys("alice", "SHA256:x") },
    { words: ["--config", "/tmp/evil.toml"], gives: keys("--config", "/tmp/evil.toml") },
    { words: ["--config=/tmp/evil.toml"], gives: keys("--config=/tmp/evil.toml") },
    { words: ["--help"], gives: keys("--help") },
    { words: ["--", "x"], gives: keys("--", "x") },
    { words: ["authorized-keys"], gives: keys("authorized-keys") },
    { words: ["--", "--"], gives: keys("--", "--") },
    { words: ["--", "--", "--", "/o", "--"], gives: keys("--", "--", undefined, ["/o", "--"]) },
    { words: ["", "", "--", "/o"], gives: keys("", "", undefined, ["/o"]) },
    { words: ["--config", "/c", "--", ""], gives: keys("--config", "/c", undefined, [""]) },
  ])("has no options: $words", ({ words, gives }) => {
    expect(parseCall(SSHD, words)).toEqual(gives);
  });

  test.each([
    { words: [] },
    { words: ["a", "b", "c"] },
    { words: ["a", "b", "--"] },
    { words: ["a", "--", "/o"] },
    { words: ["--", "/o", "x"] },
    { words: ["a", "b", "---", "/o"] },
    { words: ["a", "b", "", "--", "/o"] },
  ])("accepts one or two arguments, or a third that is -- with a command after it: not $words", ({ words }) => {
    expect(parseCall(SSHD, words)).toMatchObject({ kind: "usage" });
  });
});
