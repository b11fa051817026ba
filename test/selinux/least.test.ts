/** The module loads in a policy with only the names that all policies have, and needs nothing newer than EL 8's kernel. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { FORMATS, link, MODULE } from "./policies.ts";

const LEAST = resolve("test/selinux/least.cil");
const source = readFileSync(MODULE, "utf8");
const types = (text: string) => [...text.matchAll(/^\(type (\w+)\)$/gm)].map(([, name = ""]) => name);

describeWith("selinux", "the least policy", () => {
  test.each(Object.entries(FORMATS))("is sufficient, as %s writes it", (_, format) => {
    const folder = mkdtempSync(join(tmpdir(), "eic-least-"));
    try {
      expect(link([LEAST, MODULE], format, join(folder, "policy"), join(folder, "contexts"))).toBe("");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test("docs/selinux.md lists every name that is needed, and every one that is optional", () => {
  const docs = readFileSync("docs/selinux.md", "utf8");
  const needed = types(readFileSync(LEAST, "utf8"));
  const optional = [...source.matchAll(/^\(optional (\w+)$/gm)].map(([, name = ""]) => name);
  expect(needed.length).toBeGreaterThan(20);
  expect(optional.length).toBeGreaterThan(5);
  for (const name of [...needed, ...optional, ...types(source)]) expect(docs).toContain(`\`${name}\``);
});

test("nothing in the module is permissive, a boolean, or a rule for every type", () => {
  for (const word of [
    "typepermissive",
    "boolean",
    "tunable",
    "booleanif",
    "(all)",
    "execmem",
    "execheap",
    "unconfined",
  ])
    expect(source.split("\n").filter((line) => !line.startsWith(";") && line.includes(word))).toEqual([]);
});
