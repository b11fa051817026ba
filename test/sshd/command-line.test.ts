/** How sshd splits a command into words and expands tokens. The expectations are OpenSSH's own (misc.c, regress/misc). */
import { describe, expect, test } from "vitest";
import { expandCommand, splitArgs, unknownTokens } from "../../src/sshd/inspect/command-line.ts";

describe("splitArgs", () => {
  test.each([
    { text: "", gives: [] },
    { text: " \t ", gives: [] },
    { text: "a b\tc  d ", gives: ["a", "b", "c", "d"] },
    { text: `"a b" 'c d' e"f g"h`, gives: ["a b", "c d", "ef gh"] },
    { text: `"" ''`, gives: ["", ""] },
    { text: `"it's" 'say "so"'`, gives: ["it's", 'say "so"'] },
    { text: "a\\ b c\\\\d e\\x", gives: ["a b", "c\\d", "e\\x"] },
    { text: `"a\\"b" "c\\ d"`, gives: ['a"b', "c\\ d"] },
    { text: "a # b", gives: ["a", "#", "b"] },
    { text: "a # b", comments: true, gives: ["a"] },
    { text: "a# b", comments: true, gives: ["a#", "b"] },
    { text: `"open`, gives: undefined },
    { text: "it's", gives: undefined },
  ])("$text", ({ text, comments, gives }) => {
    expect(splitArgs(text, comments)).toEqual(gives);
  });
});

describe("unknownTokens", () => {
  test.each([
    { word: "plain", gives: [] },
    { word: "%u-%f-%k-%t-%h-%U-%C-%D-%%", gives: [] },
    { word: "%x%%y", gives: ["%x"] },
    { word: "100%", gives: ["%"] },
    { word: "%%%F", gives: ["%F"] },
  ])("$word", ({ word, gives }) => {
    expect(unknownTokens(word, "OpenSSH_10.0p2")).toEqual(gives);
  });

  test.each([
    { version: "OpenSSH_9.3p1", gives: ["%C", "%D"] },
    { version: "OpenSSH_9.4p1", gives: [] },
    { version: undefined, gives: [] },
  ])("%C and %D in $version", ({ version, gives }) => {
    expect(unknownTokens("%C-%D-%u", version)).toEqual(gives);
  });
});

describe("expandCommand", () => {
  const values = { u: "alice", f: "SHA256:x y", h: "/home/%u" };
  test.each([
    { command: "/bin/a %u %f", gives: ["/bin/a", "alice", "SHA256:x y"] },
    { command: "/bin/a", gives: ["/bin/a", "alice"] },
    { command: "/bin/%u now", gives: ["/bin/%u", "now"] },
    { command: "/bin/a %h %%u", gives: ["/bin/a", "/home/%u", "%u"] },
    { command: "/bin/a %k", gives: undefined },
    { command: "/bin/a 'x", gives: undefined },
    { command: "", gives: undefined },
  ])("$command", ({ command, gives }) => {
    expect(expandCommand(command, values)).toEqual(gives);
  });
});
