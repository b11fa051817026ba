/** CONTRIBUTING's map of src/verify/ to its tests: it has a row for each file, and the tests and cases that it names exist. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const HEAD = "| file of `src/verify/` | tests | cases |\n|---|---|---|\n";

/** Returns the names in code font, with their folder unless they begin with `test/`. */
const namesIn = (cell: string, folder: string): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => (name.startsWith("test/") ? name : join(folder, name)));

const [, table = ""] = readFileSync("CONTRIBUTING.md", "utf8").split(HEAD);
const rows = (table.split("\n\n", 1)[0] ?? "").split("\n").map((row) => {
  const [, file = "", tests = "", cases = ""] = row.split("|");
  return {
    file: file.trim().replaceAll("`", ""),
    tests: namesIn(tests, "test/verify"),
    cases: namesIn(cases, "test/support/cases"),
  };
});

describe("the map of src/verify/ to its tests", () => {
  test("has one row for each file", () => {
    const files = readdirSync("src/verify", { recursive: true, encoding: "utf8" }).filter((file) => /\.ts$/.test(file));
    expect(rows.map(({ file }) => file).toSorted()).toEqual(files.toSorted());
  });

  test.each(rows)("names tests of $file that exist", ({ tests }) => {
    expect(tests).not.toEqual([]);
    expect(tests.filter((name) => !name.endsWith(".test.ts") || !existsSync(name))).toEqual([]);
  });

  test("names only cases that vectors are made of", () => {
    const table = readFileSync("test/support/cases/cases.ts", "utf8");
    const named = [...new Set(rows.flatMap(({ cases }) => cases))];
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !table.includes(name.replace("test/support/cases/", "./")))).toEqual([]);
  });
});
