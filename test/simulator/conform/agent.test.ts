/** The built agent meets every requirement, as the one-shot program: the bundle, or in its project the executable. */
import { expect, test } from "vitest";
import { describeWith } from "../../support/needs.ts";
import { assertBuilt, PROGRAM } from "../../support/program.ts";
import { conformance } from "./conform.ts";

describeWith("conform", "the agent as the one-shot program", () => {
  test("meets every MUST and every SHOULD", async () => {
    assertBuilt();
    const words = [...PROGRAM, "authorized-keys", "--config", "{config}", "--", "{user}", "{fingerprint}"];
    const result = await conformance("--strict", "--", ...words);
    // The whole of each other result, so that a failure says what was served, printed and right.
    expect(result.requirements.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
    expect(result).toMatchObject({ status: 0, conforms: true, stderr: "" });
    expect(result.requirements.length).toBeGreaterThan(60);
  });
});
