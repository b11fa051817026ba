/** Files of src that import each other: only types may go in a circle, and only within one folder. */
import { readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { circlesIn } from "./architecture/circles.ts";
import { type Import, importsOf } from "./architecture/imports.ts";

const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

const graph = (isCounted: (found: Import) => boolean) =>
  new Map(
    files.map((file) => {
      const targets = importsOf(join("src", file)).filter((found) => found.name.startsWith(".") && isCounted(found));
      return [file, targets.map(({ name }) => normalize(join(dirname(file), name)))];
    }),
  );

test("no file imports itself through others, except for types", () => {
  expect(circlesIn(graph(({ typeOnly }) => !typeOnly))).toEqual([]);
});

test("types go in a circle only within one folder", () => {
  const circles = circlesIn(graph(() => true));
  expect(circles.filter((circle) => new Set(circle.map((file) => dirname(file))).size > 1)).toEqual([]);
});

test.each([
  { title: "a line", edges: { a: ["b"], b: ["c"], c: [] }, circles: [] },
  { title: "a pair", edges: { a: ["b"], b: ["a", "c"], c: [] }, circles: [["a", "b"]] },
  { title: "two ways to one file", edges: { a: ["b", "c"], b: ["d"], c: ["d"], d: [] }, circles: [] },
  {
    title: "two circles",
    edges: { a: ["b"], b: ["c"], c: ["a", "d"], d: ["e"], e: ["d"] },
    circles: [
      ["d", "e"],
      ["a", "b", "c"],
    ],
  },
])("finds the circles of $title", ({ edges, circles }) => {
  expect(circlesIn(new Map(Object.entries(edges)))).toEqual(circles);
});
