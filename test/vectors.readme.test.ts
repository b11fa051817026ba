/** The README of the vectors: its example in Python runs on them, and it names every file and field that they have. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { documented } from "./support/documented.ts";
import { mustRun } from "./support/namespace-run.ts";
import { describeWith } from "./support/needs.ts";

const README = "test/vectors/README.md";
const text = readFileSync(README, "utf8");
const FOLDERS = readdirSync("test/vectors", { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => join("test/vectors", name));

test("names each file, and each field of case.json", () => {
  const files = new Set(FOLDERS.flatMap((folder) => readdirSync(folder)));
  const sheets = FOLDERS.map((folder) => JSON.parse(readFileSync(join(folder, "case.json"), "utf8")));
  const below = (name: string) => sheets.flatMap((sheet) => Object.keys(sheet[name]).map((key) => `${name}.${key}`));
  const nested = ["request", "rules"];
  const top = sheets.flatMap((sheet) => Object.keys(sheet)).filter((key) => !nested.includes(key));
  const words = [...files].map((file) => (file === "staples" ? "staples/NAME" : file));
  const named = [...new Set([...words, ...top, ...nested.flatMap(below)])];
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((word) => !text.includes(`\`${word}\``))).toEqual([]);
});

test("names each topic", () => {
  const topics = [
    "key",
    "signature",
    "instance",
    "region",
    "domain",
    "signer",
    "chain",
    "staple",
    "offered",
    "policy",
    "bound",
  ];
  for (const topic of topics) {
    expect(text).toContain(`\`${topic}-\``);
    expect(FOLDERS.some((folder) => folder.includes(`/${topic}-`))).toBe(true);
  }
});

describeWith("python", "the example in Python", () => {
  test("is right about signatures, and wrong where something else is the reason", async () => {
    const folder = mkdtempSync(join(tmpdir(), "eic-vectors-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [script] = documented(README, "signatures.py");
    writeFileSync(join(folder, "signatures.py"), script);
    const about = FOLDERS.filter((name) => /\/(one-key|several-keys|wrapped-signature|signature-[^/]+)$/.test(name));
    const other = ["test/vectors/expired-in-1970", "test/vectors/staple-revoked", "test/vectors/chain-anchor-unknown"];
    expect(about.length).toBeGreaterThan(30);
    const { stdout } = await mustRun(["/usr/bin/python3", join(folder, "signatures.py"), ...about, ...other]);
    const name = (path: string) => path.slice("test/vectors/".length);
    expect(stdout.trim().split("\n")).toEqual([
      ...about.map((path) => `right ${name(path)}`),
      ...other.map((path) => `WRONG ${name(path)}`),
    ]);
  });
});
