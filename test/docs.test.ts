/** Files and anchors of this project that the documents name must exist. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

const documents = [
  ...readdirSync(".").filter((name) => name.endsWith(".md")),
  ...readdirSync("docs", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
].map((file) => ({ file, text: readFileSync(file, "utf8") }));

/** Returns a document's anchors as GitHub makes them: lower case, without punctuation, spaces as dashes. */
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

describe.each(documents)("$file", ({ file, text }) => {
  test("links only to existing targets", () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = ""]) => link);
    const broken = links.filter((link) => {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? file : normalize(join(dirname(file), path));
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(target, "utf8")).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test("names only existing files", () => {
    const names = [...text.matchAll(/`((?:src|test|tools|bench|docs)\/[\w./-]+\.(?:ts|md|sh))`/g)].map(
      ([, name = ""]) => name,
    );
    expect(names.filter((name) => !existsSync(name))).toEqual([]);
  });
});

test("every guarantee in SECURITY.md names a test that holds it", () => {
  const [, table = ""] = readFileSync("SECURITY.md", "utf8").split("| guarantee | held by |\n|---|---|\n");
  const rows = table.split("\n\n", 1)[0]?.split("\n") ?? [];
  expect(rows.length).toBeGreaterThan(10);
  expect(rows.filter((row) => !/`test\/[\w/.-]+\.test\.ts` \|$/.test(row))).toEqual([]);
});

test("comments in the sources cite existing anchors of docs/protocol.md", () => {
  const sources = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const cited = sources.flatMap((name) =>
    [...readFileSync(join("src", name), "utf8").matchAll(/docs\/protocol\.md#([\w-]+)/g)].map(
      ([, anchor = ""]) => anchor,
    ),
  );
  expect(cited.length).toBeGreaterThan(0);
  const there = anchorsOf(readFileSync("docs/protocol.md", "utf8"));
  expect(cited.filter((anchor) => !there.includes(anchor))).toEqual([]);
});
