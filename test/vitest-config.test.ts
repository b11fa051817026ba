/** Every test file that vitest.config.ts names exists: a renamed file must not silently move to another project. */
import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Returns each alternative of the first `{a,b}` as a pattern, and so on. */
function expanded(pattern: string): string[] {
  const [, before = "", list = "", after = ""] = /^(.*?)\{([^}]*)\}(.*)$/.exec(pattern) ?? [];
  return list === "" ? [pattern] : list.split(",").flatMap((one) => expanded(`${before}${one}${after}`));
}

const patterns = [...readFileSync("vitest.config.ts", "utf8").matchAll(/"(test\/[^"*]*\.ts)"/g)].flatMap(
  ([, named = ""]) => expanded(named),
);

test("each of them matches a file", () => {
  expect(patterns.length).toBeGreaterThan(20);
  // `!(name)` names a file that is left out.
  const files = patterns.map((pattern) => pattern.replace(/!\(([^)]*)\)/, "$1"));
  expect(files.filter((file) => globSync(file).length === 0)).toEqual([]);
});

/** In CI a skipped test is a failure, so a test that is left out if brief is not declared at all. */
test("no test is skipped because a run is brief", () => {
  const skips = globSync("test/**/*.ts").filter((file) =>
    /(?:skipIf|runIf|skip)\([^)]*isBrief/.test(readFileSync(file, "utf8")),
  );
  expect(skips).toEqual([]);
});
