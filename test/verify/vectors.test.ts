/** The vectors: evidence made by openssl, judged at the time for which it was made. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { authorizedKeysLines } from "../../src/verify/verifier.ts";
import { CASES } from "../support/cases/cases.ts";
import { judged } from "../support/cases/run-verifier.ts";
import { readVector, VECTORS, vectorNames } from "../support/cases/vector.ts";

const NAMES = vectorNames();

test("there is a vector for every case, and a case for every vector", () => {
  expect(NAMES.length).toBeGreaterThan(300);
  expect(NAMES).toEqual(CASES.map(({ name }) => name).sort());
});

test("each vector expects what its case in the table expects", () => {
  const found = Object.fromEntries(NAMES.map((name) => [name, readVector(name).expects]));
  expect(found).toEqual(Object.fromEntries(CASES.map(({ name, expects }) => [name, expects])));
});

test("no vector holds a private key", () => {
  const entries = VECTORS.flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }));
  const files = entries.filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(NAMES.length * 7);
  const secret = files.filter((file) => /PRIVATE KEY/.test(readFileSync(join(file.parentPath, file.name), "latin1")));
  expect(secret).toEqual([]);
});

describe("a vector has the verdict of its case.json", () => {
  test.each(NAMES)("%s", (name) => {
    const { scene, now, expects, prints } = readVector(name);
    const { expected, verdicts } = judged(scene, now);
    expect(expected).toEqual(expects);
    expect(authorizedKeysLines(verdicts)).toEqual(prints);
  });
});
