/** tools/language.ts counts the constructs that CONTRIBUTING excludes, and nothing in plain sentences. */
import { describe, expect, test } from "vitest";
import { countsIn, strings, titles } from "../tools/language.ts";
import { literalsOf } from "../tools/literals.ts";

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

describe("literals", () => {
  // "#{" stands for the "${" of a template.
  test.each<[string, string[]]>([
    [`f("a", 'b')`, ["a", "b"]],
    ["f(`a #{b} c`)", ["a X c"]],
    ['f(`a #{b ? `, #{c("d")}` : ""} e`)', ["d", ", X", "", "a X e"]],
    ["f(`#{{ a: {} }} b`)", ["X b"]],
    ['a = "with \\"quotes\\" inside"', ['with \\"quotes\\" inside']],
    [`// it's\n/* "no" */ f("yes") // "no"`, ["yes"]],
    [`f(/["']/, "a"); return /"/.test("b")`, ["a", "b"]],
    ['x = a / b; y = "c" / d; z = f(1) / "e"', ["c", "e"]],
    ["f(`\\`\\#{a}`)", ["\\`\\#{a}"]],
  ])("of %s", (source, found) => {
    const withDollar = (text: string) => text.replaceAll("#{", "${");
    expect(literalsOf(withDollar(source)).map(({ text }) => text)).toEqual(found.map(withDollar));
  });
});

const textsOf = (read: typeof strings, source: string) =>
  read("f.ts", source).map(({ line, text }) => `${line}: ${text}`);

test("texts are the long strings, with a capital and without quoted parts", () => {
  const source = `
    f("the token is none, and more words follow");
    g("short", "a-name-of-28-characters-or-more-without-a-space");
    h(\`the value \${value} of \\\`x\\\` is not "what it was"\`);`;
  expect(textsOf(strings, source)).toEqual([
    "2: The token is none, and more words follow",
    "4: The value X of X is not X",
  ]);
});

test("titles are those of tests, of groups, of test.each and of cases", () => {
  const source = `
    describe("a group of tests", () => {
      test("is told so", () => expect(f("no title here")).toBe("nor is this"));
      test.each([{ title: "a case of its own", value: "not a title" }])("$title: %s is read", () => {});
      describe.each(["no title"])("for each of them", () => {});
      describeWith("sshd", "with an sshd", () => {});
    });`;
  expect(textsOf(titles, source)).toEqual([
    "2: A group of tests",
    "3: Is told so",
    "4: A case of its own",
    "4: X: X is read",
    "5: For each of them",
    "6: With an sshd",
  ]);
});
