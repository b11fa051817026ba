/** The tables of a benchmark run, with made-up figures. */
import { expect, test } from "vitest";
import { withRun } from "../../bench/page.ts";
import { tables } from "../../bench/table.ts";
import { KEPT } from "./figures.ts";

const rows = tables(KEPT).split("\n");
const cellsOf = (line = "") =>
  line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
const rowOf = (...first: string[]) =>
  rows.map(cellsOf).find((cells) => first.every((cell, column) => cells[column] === cell));

test("a call has its median, its span, its mean processor time, its ratio and its memory", () => {
  expect(rowOf("no key", "executable")).toEqual(["no key", "executable", "33.0", "30.0–36.0", "33.0", "1.50", "50"]);
});

test("a call of the relay shows the share of the service", () => {
  expect(rowOf("no key", "relay + service")?.slice(4)).toEqual(["2.00 (service 1.00)", "0.09", "0.7 + 61"]);
});

test("the service's start is one sentence", () => {
  expect(rows).toContain("A service that is started takes calls after 40 ms (30–90, 3 starts).");
});

test("a crowd shows how many calls were answered, and memory only if it was measured", () => {
  expect(rowOf("50", "relay + service")).toEqual([
    "50",
    "relay + service",
    "150 of 150",
    "50",
    "40–60",
    "20",
    "90",
    "75 (110)",
  ]);
  expect(rowOf("50", "executable")?.[2]).toBe("140 of 150");
  expect(rowOf("50", "executable")?.at(-1)).toBe("not tried");
});

test("a flood shows the results of the unknown keys, and of the login", () => {
  expect(rowOf("200", "1990")).toEqual([
    "200",
    "1990",
    "25 % / 74 % / 1 %",
    "6 of 6, 1 by one-shot",
    "40.0 (60)",
    "4.00 (6.0)",
  ]);
});

test("a login next to another user's shows its time, and the ratio to one next to a user without keys", () => {
  expect(rowOf("the same of a user with forty keys of 800 words")?.slice(1)).toEqual([
    "relay + service",
    "7.50",
    "5.00–10.0",
    "1.25",
  ]);
});

test("all lines of a table are as long as its first, and have as many cells", () => {
  for (const table of tables(KEPT).split("\n\n")) {
    const lines = table.split("\n");
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(new Set(lines.map((line) => line.split("|").length)).size).toBe(1);
  }
});

test("the page has the new run in place of the old one, and is otherwise unchanged", () => {
  const page = "a\n<!-- written by npm run bench -- --write -->\nold\n<!-- to here -->\nb\n";
  expect(withRun(page, "new")).toBe("a\n<!-- written by npm run bench -- --write -->\n\nnew\n\n<!-- to here -->\nb\n");
  expect(withRun(withRun(page, "new"), "newer")).toBe(withRun(page, "newer"));
  expect(() => withRun("a\n", "new")).toThrow("the page has no");
});
