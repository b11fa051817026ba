/** Every vector as a capture: the file keeps all of it, and verifying it again gives the results that the vector lists. */
import { describe, expect, test } from "vitest";
import { parseCapture, printCapture } from "../../src/explain/capture.ts";
import { explainCapture } from "../../src/explain/explain.ts";
import { captureOf, PROGRAM } from "../support/captures.ts";
import { readVector, vectorNames } from "../support/cases/vector.ts";

describe("a capture of a vector's evidence", () => {
  test.each(vectorNames())("%s", async (name) => {
    const vector = readVector(name);
    const { scene, expects, prints } = vector;
    const text = printCapture(captureOf(vector));
    const capture = parseCapture(text);
    expect(printCapture(capture)).toBe(text);

    const { fingerprint } = scene;
    const reading = { capture, file: "call.json", fingerprint, config: undefined, at: undefined, program: PROGRAM };
    const explained = await explainCapture(reading);
    const { answer, keys, unverifiedFingerprints } = explained;
    const words = keys.map((key) => (key.verdict === "accepted" ? key.verdict : key.reason));
    if ("fault" in expects) expect(answer).toMatchObject({ kind: "fault", code: expects.fault });
    // If no key in the document can be the answer, a login ends before the verification.
    else if (answer.kind === "no-keys")
      expect({ prints, unverifiedFingerprints: unverifiedFingerprints.length > 0 }).toEqual({
        prints: [],
        unverifiedFingerprints: answer.why === "not-offered",
      });
    else expect(words).toEqual(expects.verdicts);
    const accepted = keys.flatMap((key) =>
      key.verdict === "accepted" ? [[...(key.options === null ? [] : [key.options]), key.key].join(" ")] : [],
    );
    expect([...new Set(accepted)]).toEqual(prints);
    expect(explained.source).toMatchObject({ kind: "capture", ownRules: expect.arrayContaining(["anchors"]) });
  });
});
