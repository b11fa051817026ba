/** Files that another program reads while they are written. */
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { replaceFile } from "../../src/cli/replace-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "eic-replace-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("has the new content, for all readers, and nothing is left beside it", () => {
  const path = join(folder, "a.prom");
  writeFileSync(path, "old\n", { mode: 0o600 });
  const old = statSync(path).ino;
  replaceFile(path, "new\n");
  expect(readFileSync(path, "utf8")).toBe("new\n");
  // Another file in its place: a reader that has opened the old one reads that to its end.
  expect(statSync(path).ino).not.toBe(old);
  expect(statSync(path).mode & 0o777).toBe(0o644);
  expect(readdirSync(folder)).toEqual(["a.prom"]);
});

test("replaces a link, and not the file that the link names", () => {
  const [path, other] = [join(folder, "a.prom"), join(folder, "other")];
  writeFileSync(other, "other\n");
  symlinkSync(other, path);
  replaceFile(path, "new\n");
  expect(lstatSync(path).isFile()).toBe(true);
  expect(readFileSync(other, "utf8")).toBe("other\n");
});

test("does not write through a link at the place of the unfinished file", () => {
  const [path, other] = [join(folder, "a.prom"), join(folder, "other")];
  writeFileSync(path, "old\n");
  writeFileSync(other, "other\n");
  symlinkSync(other, join(folder, `.a.prom.${process.pid}.new`));
  expect(() => replaceFile(path, "new\n")).toThrow(expect.objectContaining({ code: "EEXIST" }));
  expect([readFileSync(path, "utf8"), readFileSync(other, "utf8")]).toEqual(["old\n", "other\n"]);
});

test("keeps what was there if it cannot be replaced, and leaves no unfinished file", () => {
  const path = join(folder, "a.prom");
  mkdirSync(path);
  expect(() => replaceFile(path, "new\n")).toThrow(expect.objectContaining({ code: "EISDIR" }));
  expect(readdirSync(folder)).toEqual(["a.prom"]);
});

test("removes the unfinished file of a process that was killed, and not that of one that may still write", () => {
  const [killed, writing, foreign] = [".a.prom.1.new", ".a.prom.2.new", ".b.prom.3.new"];
  for (const name of [killed, writing, foreign]) writeFileSync(join(folder, name), "part");
  const hourAgo = Date.now() / 1000 - 3600;
  for (const name of [killed, foreign]) utimesSync(join(folder, name), hourAgo, hourAgo);
  replaceFile(join(folder, "a.prom"), "new\n");
  expect(readdirSync(folder).sort()).toEqual([writing, foreign, "a.prom"].sort());
});
