/** lintian reports nothing but what is overridden, with its reason, in packaging/deb/lintian-overrides. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { limit } from "../../tools/slowness.ts";
import { run } from "../support/namespace-run.ts";
import { describeWith } from "../support/needs.ts";
import { DEBS } from "./built.ts";

describeWith("lintian", "lintian", () => {
  test.each(DEBS)("finds nothing in $path", { timeout: limit(120) }, async ({ path }) => {
    const { status, stdout } = await run(["lintian", "--allow-root", "--fail-on=error,warning", path]);
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });

  test("has an override with a reason each time", () => {
    const lines = readFileSync("packaging/deb/lintian-overrides", "utf8").trim().split("\n");
    const answers = lines.flatMap((line, i) =>
      line.startsWith("eic-agent: ") ? [{ line, before: lines[i - 1] ?? "" }] : [],
    );
    expect(answers.length).toBeGreaterThan(0);
    expect(answers.filter(({ before }) => !/^(# |eic-agent: )/.test(before))).toEqual([]);
  });
});
