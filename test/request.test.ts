/** The two doors: what argv means. */
import { describe, expect, test } from "vitest";
import { readCall } from "../src/request.ts";

const HAND = "/usr/bin/eic-agent";
const SSHD = "/usr/libexec/eic-agent/authorized-keys";

const keys = (user: string, fingerprint?: string, config?: string, other?: readonly string[]) => ({
  kind: "authorized-keys",
  request: { user, fingerprint },
  config,
  other,
});

describe("by hand", () => {
  test.each([
    { words: ["alice"], gives: keys("alice") },
    { words: ["alice", "SHA256:x"], gives: keys("alice", "SHA256:x") },
    { words: ["--config", "/c", "alice"], gives: keys("alice", undefined, "/c") },
    { words: ["--config=/c=d", "alice", "MD5:x"], gives: keys("alice", "MD5:x", "/c=d") },
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
  ])("takes options before the user and nothing after it: $words", ({ words, gives }) => {
    expect(readCall(HAND, ["authorized-keys", ...words])).toEqual(gives);
  });

  test.each([
    { words: [], says: "a user is needed" },
    { words: ["--config", "/c"], says: "a user is needed" },
    { words: ["--config"], says: "--config needs a file" },
    { words: ["--config", ""], says: "--config needs a file" },
    { words: ["--config=", "alice"], says: "--config needs a file" },
    { words: ["--config", "/a", "--config", "/b", "alice"], says: "--config twice" },
    { words: ["--verbose", "alice"], says: "no option --verbose" },
    { words: ["-v", "alice"], says: "no option -v" },
    { words: ["a", "b", "c"], says: "too many arguments: 3, at most USER and FINGERPRINT" },
    { words: ["a", "b", "c", "--", "/o"], says: "too many arguments: 5, at most USER and FINGERPRINT" },
    { words: ["a", "b", "--"], says: "another command is needed after --" },
    { words: ["a", "--", "/o"], says: "-- begins another command only after USER and FINGERPRINT" },
    { words: ["--", "a", "--", "/o"], says: "-- begins another command only after USER and FINGERPRINT" },
  ])("is called wrongly with $words", ({ words, says }) => {
    expect(readCall(HAND, ["authorized-keys", ...words])).toEqual({ kind: "usage", message: says });
  });

  test.each([[], ["--help"], ["--version"], ["authorised-keys"], ["doctor", "x"]])(
    "leaves %j to the command line",
    (...words) => {
      expect(readCall(HAND, words)).toEqual({ kind: "cli", words });
    },
  );

  test("shows help where --help stands as an option", () => {
    expect(readCall(HAND, ["authorized-keys", "--help"])).toEqual({
      kind: "cli",
      words: ["authorized-keys", "--help"],
    });
  });
});

describe("the door that sshd uses", () => {
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
  ])("knows no options: $words", ({ words, gives }) => {
    expect(readCall(SSHD, words)).toEqual(gives);
  });

  test.each([
    { words: [] },
    { words: ["a", "b", "c"] },
    { words: ["a", "b", "--"] },
    { words: ["a", "--", "/o"] },
    { words: ["--", "/o", "x"] },
    { words: ["a", "b", "---", "/o"] },
    { words: ["a", "b", "", "--", "/o"] },
  ])("takes one or two words, or a third that is -- and a command after it: not $words", ({ words }) => {
    expect(readCall(SSHD, words)).toMatchObject({ kind: "usage" });
  });
});
