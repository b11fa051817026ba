/** Format of the doctor's findings: text for people, JSON for programs. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { asJson, asText, worst } from "../../src/cli/doctor/render.ts";
import { painter } from "../../src/cli/text.ts";
import { CHECKS, describeCheck, type Finding } from "../../src/doctor/finding.ts";
import { Fault } from "../../src/verify/errors.ts";

const FINDINGS: readonly Finding[] = [
  describeCheck("instance").ok("i-0abcdef1234567890, according to its DMI", { id: "i-0abcdef1234567890" }),
  describeCheck("clock").warning(
    "5 s fast: pushed keys end that much earlier",
    "let chrony or systemd-timesyncd set it",
  ),
  describeCheck("staples").fault(new Fault("STAPLE_STALE", "the staple ended \u001b[31m", { staple: "X" })),
  describeCheck("account").notApplicable("no --user was named"),
  describeCheck("command").needsRoot("sshd's configuration"),
];

describe("as text", () => {
  test("has a line for each check, and a hint below it", () => {
    expect(asText(FINDINGS, { width: 100, paint: painter(false), problems: false })).toBe(
      `${[
        "ok       EC2 instance              i-0abcdef1234567890, according to its DMI",
        "warning  clock                     5 s fast: pushed keys end that much earlier",
        "                                => let chrony or systemd-timesyncd set it",
        "failed   signer's staples          the staple ended \\u001b[31m (STAPLE_STALE)",
        "                                => is this machine's clock right? otherwise wait until the service",
        "                                   renews its staples",
        "n/a      account                   no --user was named",
        "n/a      AuthorizedKeysCommand     not checked: sshd's configuration requires root",
        "",
        "Problems:",
        "warning  clock                     5 s fast: pushed keys end that much earlier",
        "                                => let chrony or systemd-timesyncd set it",
        "failed   signer's staples          the staple ended \\u001b[31m (STAPLE_STALE)",
        "                                => is this machine's clock right? otherwise wait until the service",
        "                                   renews its staples",
        "",
        "5 checks: 1 ok, 1 warning, 1 failed, 2 not applicable",
        "skipped, because root is required: command",
      ].join("\n")}\n`,
    );
  });

  test("has only the problems with --problems, a failure last", () => {
    const told = asText(FINDINGS, { width: 100, paint: painter(false), problems: true });
    expect(told.split("\n").map((line) => line.slice(0, 26).trim())).toEqual([
      ...["warning  clock", "", "failed   signer's staples", "", "", ""],
      ...["5 checks: 1 ok, 1 warning,", "skipped, because root is r", ""],
    ]);
  });

  test("repeats nothing if everything is right", () => {
    const told = asText(FINDINGS.slice(0, 1), { width: 100, paint: painter(false), problems: false });
    expect(told).not.toContain("Problems:");
  });

  test("has a failure within the last 24 lines of 80 columns, for any number of warnings", () => {
    const many = Object.keys(CHECKS).map((check) =>
      describeCheck(check as keyof typeof CHECKS).warning("w ".repeat(90), "h"),
    );
    const failed = describeCheck("instance").failed("the one that counts", "mend it");
    const told = asText([failed, ...many], { width: 80, paint: painter(false), problems: false });
    expect(told.split("\n").slice(-24).join("\n")).toContain("the one that counts");
  });

  test.each([40, 60, 80, 100])("keeps to %i columns", (width) => {
    const long = describeCheck("signer").ok("word ".repeat(40).trim());
    const lines = asText([long], { width, paint: painter(false), problems: false }).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  test("colours only the status", () => {
    const text = asText(FINDINGS, { width: 100, paint: painter(true), problems: false });
    expect(text).toContain("\u001b[31mfailed   \u001b[0msigner's staples");
    expect(text.replace(/\u001b\[\d+m/g, "")).toBe(
      asText(FINDINGS, { width: 100, paint: painter(false), problems: false }),
    );
  });
});

test("docs/doctor.md lists every check, in the order of the output", () => {
  const [, table = ""] = readFileSync("docs/doctor.md", "utf8").split(
    "| name | what is looked at | fails | warns |\n|---|---|---|---|\n",
  );
  const rows = table.split("\n\n", 1)[0]?.split("\n") ?? [];
  const names = rows.flatMap((row) =>
    [...(row.split(" | ")[0] ?? "").matchAll(/`([a-z0-9-]+)`/g)].map(([, name]) => name),
  );
  expect(names).toEqual(Object.keys(CHECKS));
});

describe("as JSON", () => {
  test("has the documented form", () => {
    const at = new Date("2030-01-02T03:04:05Z");
    expect(JSON.parse(asJson(FINDINGS, { version: "1.2.3", at, user: "alice", problems: false }))).toEqual({
      format: 1,
      version: "1.2.3",
      at: "2030-01-02T03:04:05.000Z",
      user: "alice",
      status: "failed",
      checks: [
        {
          check: "instance",
          status: "ok",
          message: "i-0abcdef1234567890, according to its DMI",
          facts: { id: "i-0abcdef1234567890" },
        },
        {
          check: "clock",
          status: "warning",
          message: "5 s fast: pushed keys end that much earlier",
          hint: "let chrony or systemd-timesyncd set it",
        },
        {
          check: "staples",
          status: "failed",
          message: "the staple ended \u001b[31m (STAPLE_STALE)",
          hint: "is this machine's clock right? otherwise wait until the service renews its staples",
          code: "STAPLE_STALE",
          facts: { staple: "X" },
        },
        { check: "account", status: "not-applicable", message: "no --user was named" },
        {
          check: "command",
          status: "not-applicable",
          message: "not checked: sshd's configuration requires root",
          needsRoot: true,
        },
      ],
    });
  });
});

test("JSON with --problems has only the problems, and the status of all", () => {
  const told = asJson(FINDINGS, { version: "1.2.3", at: new Date(0), user: undefined, problems: true });
  const { status, checks } = JSON.parse(told) as { status: string; checks: { check: string }[] };
  expect({ status, checks: checks.map(({ check }) => check) }).toEqual({
    status: "failed",
    checks: ["clock", "staples"],
  });
});

test.each([
  { findings: FINDINGS, is: "failed" },
  { findings: FINDINGS.slice(0, 2), is: "warning" },
  { findings: FINDINGS.slice(3), is: "ok" },
  { findings: [], is: "ok" },
])("the worst of them is $is", ({ findings, is }) => {
  expect(worst(findings)).toBe(is);
});

test("no title is printed twice", () => {
  expect(new Set(Object.values(CHECKS)).size).toBe(Object.keys(CHECKS).length);
});
