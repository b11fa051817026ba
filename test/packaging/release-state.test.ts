/** The checks before a release is made, in a checkout made for these tests. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sourceArchive, sourcesToRelease } from "../../packaging/build/release-state.ts";
import { checkout, commit, git } from "../support/checkout.ts";

let root: string;
beforeEach(() => {
  root = checkout({ "package.json": '{"version":"1.2.3"}', "CHANGELOG.md": "## 1.2.3 – 2026-11-22\n\n- A line.\n" });
});
afterEach(() => rmSync(root, { recursive: true }));

test("a clean checkout with a dated section may be released", () => {
  const { version, section, tag, clean, commit } = sourcesToRelease(root, false);
  expect({ version, date: section.date, markdown: section.markdown, tag, clean }).toEqual({
    version: "1.2.3",
    date: "2026-11-22",
    markdown: "- A line.",
    tag: "v1.2.3",
    clean: true,
  });
  expect(commit).toBe(git(root, "rev-parse", "HEAD").trim());
});

describe("it is refused", () => {
  test.each([
    { title: "unreleased", changelog: "## 1.2.3 – unreleased\n", message: /unreleased: give it the day/ },
    { title: "another version", changelog: "## 1.2.4 – 2026-11-22\n", message: /version 1\.2\.3, but .* 1\.2\.4/ },
    { title: "no section", changelog: "# Changelog\n", message: /begins with undefined/ },
  ])("if the changelog has $title", ({ changelog, message }) => {
    writeFileSync(join(root, "CHANGELOG.md"), changelog);
    commit(root);
    expect(() => sourcesToRelease(root, false)).toThrow(message);
  });

  test.each([{ file: "CHANGELOG.md" }, { file: "in-no-commit.ts" }])("if $file is changed", ({ file }) => {
    appendFileSync(join(root, file), "\n");
    expect(() => sourcesToRelease(root, false)).toThrow(/not clean/);
    expect(sourcesToRelease(root, true).clean).toBe(false);
  });

  test("if the tag is on another commit, and not if it is on this one", () => {
    git(root, "tag", "--annotate", "--message", "release", "v1.2.3");
    expect(sourcesToRelease(root, false).tag).toBe("v1.2.3");
    writeFileSync(join(root, "more"), "");
    commit(root);
    expect(() => sourcesToRelease(root, false)).toThrow(/v1\.2\.3 is on another commit/);
  });
});

test("the source archive is that of the commit, the same twice and with another umask", () => {
  const sources = sourcesToRelease(root, false);
  const digest = () => createHash("sha256").update(sourceArchive(root, sources)).digest("hex");
  const first = digest();
  appendFileSync(join(root, "package.json"), "changed");
  git(root, "config", "tar.umask", "0077");
  expect(digest()).toBe(first);

  const folder = mkdtempSync(join(tmpdir(), "eic-sources-"));
  try {
    const tar = join(folder, "sources.tar");
    writeFileSync(tar, sourceArchive(root, sources));
    const listed = execFileSync("tar", ["-tf", tar], { encoding: "utf8" }).trim().split("\n");
    expect(listed).toEqual(["eic-agent-1.2.3/", "eic-agent-1.2.3/CHANGELOG.md", "eic-agent-1.2.3/package.json"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
