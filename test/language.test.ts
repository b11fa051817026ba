/** tools/language.ts counts the constructs that CONTRIBUTING excludes, and nothing in plain sentences. */
import { describe, expect, test } from "vitest";
import { countsIn } from "../tools/language.ts";

const found = (text: string): string[] =>
  Object.entries(countsIn(text)).flatMap(([name, count]) => (count > 0 ? [name] : []));

describe("is counted", () => {
  test.each([
    ["A failure of it is nobody else's.", "somebody, nobody, anybody, everybody"],
    ["It is left to whoever asked.", "whoever, whatever"],
    ["The token is none.", "is none, is no …"],
    ["This is no certificate.", "is none, is no …"],
    ["What is lacking here. It is told.", "Who …, What … as a subject"],
    ["The rule stands in the table.", "stands"],
    ["The service is told so.", "told"],
    ["It lies beside the file.", "beside"],
    ["Its failure costs none of ours.", "ours, theirs, of its own"],
    ["Where a file is missing, nothing is printed.", "Where … for if"],
    ["It is empty where there is a link.", "Where … for if"],
    ["The caller gets his own.", "he, him, his"],
  ])("%s", (text, name) => {
    expect(found(text)).toContain(name);
  });
});

describe("is not counted", () => {
  test.each([
    "There is no log on this host, and there are no keys.",
    "The key is no longer valid.",
    "What can be done?",
    "The directory where the socket is belongs to root.",
    "The user must own the file, or the call fails.",
  ])("%s", (text) => {
    expect(found(text)).toEqual([]);
  });
});
