/** CHANGELOG.md in the formats of the packages: read back by dpkg if it is installed, and checked by its grammar always. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { debianChangelog, packageVersion, rpmChangelog } from "../../packaging/build/changelog.ts";
import { readChangelog } from "../../packaging/build/read-changelog.ts";
import { describeWith } from "../support/needs.ts";

const TWO = `# Changelog

A preface, of no version.

## 1.1.0 – 2026-12-01

### Added

- \`eic-agent sshd status\`, see [docs/sshd.md](docs/sshd.md): says
  whether **ours** is in force. 50% of it.
- Second.

## 1.0.0 – 2026-02-28

The first.
`;

describe("CHANGELOG.md", () => {
  test("is read section by section, newest first", () => {
    expect(readChangelog(TWO).map(({ version, date, parts }) => ({ version, date, parts }))).toEqual([
      {
        version: "1.1.0",
        date: "2026-12-01",
        parts: [
          {
            heading: "Added",
            items: ["`eic-agent sshd status`, see docs/sshd.md: says whether ours is in force. 50% of it.", "Second."],
          },
        ],
      },
      { version: "1.0.0", date: "2026-02-28", parts: [{ heading: undefined, items: ["The first."] }] },
    ]);
  });

  test.each([
    { title: "a heading in another form", text: "## 1.0.0 (2026-01-01)\n", message: /is not "## VERSION/ },
    { title: "an invalid day", text: "## 1.0.0 – 2026-02-30\n", message: /no day 2026-02-30/ },
    { title: "a version twice", text: "## 1.0.0 – unreleased\n\n## 1.0.0 – 2026-01-01\n", message: /two sections/ },
  ])("is refused for $title", ({ text, message }) => {
    expect(() => readChangelog(text)).toThrow(message);
  });

  test("of this project is valid, and package.json's version is its newest", async () => {
    const { default: manifest } = await import("../../package.json", { with: { type: "json" } });
    expect(readChangelog()[0]?.version).toBe(manifest.version);
  });
});

test("an unreleased version is dated by the sources, not by the clock", () => {
  const before = process.env.SOURCE_DATE_EPOCH;
  process.env.SOURCE_DATE_EPOCH = "1700000000";
  try {
    expect(debianChangelog("## 1.0.0 – unreleased\n\n- x\n")).toContain("  Tue, 14 Nov 2023 22:13:20 +0000\n");
    expect(debianChangelog("## 1.0.0 – unreleased\n\n- x\n")).toContain("eic-agent (1.0.0) UNRELEASED;");
  } finally {
    if (before === undefined) delete process.env.SOURCE_DATE_EPOCH;
    else process.env.SOURCE_DATE_EPOCH = before;
  }
});

test("a version before the release sorts before it", () => {
  expect(packageVersion("1.0.0-rc.1")).toBe("1.0.0~rc.1");
});

test("rpm's form has its percent signs doubled and its entries dated", () => {
  expect(rpmChangelog(TWO)).toBe(`* Tue Dec 01 2026 eic-agent maintainers <maintainers@eic-agent.invalid> - 1.1.0-1
Added:
- \`eic-agent sshd status\`, see docs/sshd.md: says whether ours is in force. 50%%
  of it.
- Second.

* Sat Feb 28 2026 eic-agent maintainers <maintainers@eic-agent.invalid> - 1.0.0-1
- The first.
`);
});

describeWith("manuals", "dpkg-parsechangelog", () => {
  test.each([
    { title: "two versions", text: TWO, versions: ["1.1.0", "1.0.0"] },
    { title: "this project's", text: undefined, versions: readChangelog().map(({ version }) => version) },
  ])("accepts $title", ({ text, versions }) => {
    const folder = mkdtempSync(join(tmpdir(), "eic-changelog-"));
    try {
      const file = join(folder, "changelog");
      writeFileSync(file, debianChangelog(text));
      const { status, stdout, stderr } = spawnSync(
        "dpkg-parsechangelog",
        ["--all", "--format", "rfc822", "--file", file, "--show-field", "Version"],
        { encoding: "utf8" },
      );
      expect({ status, stderr, versions: stdout.split(/\s+/).filter((word) => word !== "") }).toEqual({
        status: 0,
        stderr: "",
        versions,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
