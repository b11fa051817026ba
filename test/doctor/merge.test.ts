/** The merge of many hosts' results, and its table: the pure part of `doctor --merge`. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostsJson, hostsText } from "../../src/cli/doctor/merge-report.ts";
import { painter } from "../../src/cli/text.ts";
import { CHECKS } from "../../src/doctor/finding.ts";
import { hostNames } from "../../src/doctor/merge/host-names.ts";
import type { HostCheck, HostReading } from "../../src/doctor/merge/host-result.ts";
import { type HostsReport, openMerge } from "../../src/doctor/merge/merge.ts";
import { formOf } from "../../src/doctor/merge/message-form.ts";

const check = (name: string, status: HostCheck["status"], message = "m", needsRoot = false): HostCheck => ({
  ...{ check: name, status, message, needsRoot },
});

function reading(...checks: HostCheck[]): HostReading {
  const has = (wanted: HostCheck["status"]) => checks.some(({ status }) => status === wanted);
  return {
    kind: "result",
    result: { status: has("failed") ? "failed" : has("warning") ? "warning" : "ok", checks },
  };
}
const unread = (reason: string): HostReading => ({ kind: "unreadable", reason });

function merged(readings: Readonly<Record<string, HostReading>>): HostsReport {
  const merge = openMerge();
  for (const [host, one] of Object.entries(readings)) merge.add({ host, file: `${host}.json` }, one);
  return merge.report();
}

const text = (report: HostsReport, wide = false, width = 80) =>
  hostsText(report, { width, paint: painter(false), wide }).split("\n");

describe("the groups", () => {
  test("are of a check and an outcome, sorted by severity, number and the doctor's order", () => {
    const { checks } = merged({
      a: reading(check("log", "warning"), check("include", "failed")),
      b: reading(check("clock", "warning"), check("include", "warning"), check("of-a-newer-version", "warning")),
      c: reading(check("log", "warning"), check("command", "failed"), check("pam", "not-applicable", "m", true)),
      d: reading(check("include", "failed"), check("account", "not-applicable"), check("sshd", "ok")),
    });
    expect(checks.map((group) => [group.outcome, group.check, group.hosts])).toEqual([
      ["failed", "include", ["a", "d"]],
      ["failed", "command", ["c"]],
      ["warning", "log", ["a", "c"]],
      ["warning", "clock", ["b"]],
      ["warning", "include", ["b"]],
      ["warning", "of-a-newer-version", ["b"]],
      ["not-checked", "pam", ["c"]],
    ]);
  });

  test("have the message of the most frequent form, regardless of its values", () => {
    const { checks } = merged({
      a: reading(check("clock", "failed", "the service sent no time")),
      b: reading(check("clock", "failed", "61 s fast")),
      c: reading(check("clock", "failed", "3,600 s fast")),
    });
    expect(checks).toMatchObject([{ hosts: ["a", "b", "c"], message: "61 s fast", alike: 2 }]);
  });

  test.each([
    ["120 s fast", "61 s fast", true],
    ["/etc/ssh/sshd_config.d/10-a.conf:1 is not read", "/etc/ssh/sshd_config.d/b.conf:22 is not read", true],
    ["i-0abcdef1234567890 answers", "i-0fedcba0987654321 answers", true],
    ['"alice" is locked', '"bob smith" is locked', true],
    ["another program's", "none", false],
    ["/a is not read", "/a cannot be read", false],
    ["n/a here", "n/b here", false],
  ])("%s and %s: the same form is %s", (one, other, same) => {
    expect(formOf(one) === formOf(other)).toBe(same);
  });

  const STATUS = fc.constantFrom("ok", "warning", "failed", "not-applicable");
  const CHECK = fc.record({
    check: fc.constantFrom("clock", "include", "log", "__proto__", "of-another-version"),
    status: STATUS as fc.Arbitrary<HostCheck["status"]>,
    message: fc.string(),
    needsRoot: fc.boolean(),
  });
  const READING = fc.oneof(
    fc.uniqueArray(CHECK, { selector: (one) => one.check }).map((checks) => reading(...checks)),
    fc.string().map(unread),
  );

  test("property: each host is counted once, and each problem of each host is in one group", () => {
    fc.assert(
      fc.property(fc.array(READING, { maxLength: 30 }), (readings) => {
        const report = merged(Object.fromEntries(readings.map((one, i) => [`host-${i}`, one])));
        const { ok, warning, failed } = report.states;
        expect(report.hosts).toBe(readings.length);
        expect(ok + warning + failed + report.unreadable.length).toBe(readings.length);
        const problems = readings.flatMap((one, i) =>
          one.kind === "unreadable"
            ? []
            : one.result.checks
                .filter(({ status, needsRoot }) => status !== "ok" && (status !== "not-applicable" || needsRoot))
                .map(({ check: name, status }) => `host-${i} ${name} ${status.replace("applicable", "checked")}`),
        );
        const grouped = report.checks.flatMap((group) =>
          group.hosts.map((host) => `${host} ${group.check} ${group.outcome}`),
        );
        expect(grouped.toSorted()).toEqual(problems.toSorted());
        for (const { alike, hosts } of report.checks) expect(alike > 0 && alike <= hosts.length).toBe(true);
        // The last line has the same numbers.
        const told = text(report, true, 100).at(-2) ?? "";
        const numbers = [...told.matchAll(/\d+(?= (?:with|failed|file)| of)/g)].map(([n]) => Number(n));
        expect(numbers.reduce((sum, n) => sum + n, 0)).toBe(readings.length);
      }),
    );
  });
});

describe("the table", () => {
  const thousand = (): HostsReport => {
    const hosts = Array.from({ length: 1000 }, (_, i) => `host-${String(i).padStart(3, "0")}`);
    const [first, second, third, fourth] = hosts;
    return merged({
      ...Object.fromEntries(hosts.map((host) => [host, reading(check("sshd", "ok"))])),
      ...Object.fromEntries(
        [first, second, third].map((host) => [host, reading(check("include", "failed", "not read"))]),
      ),
      [String(fourth)]: unread("empty"),
    });
  };

  test("has a line for each group with its hosts below, and the sums at the end", () => {
    expect(text(thousand())).toEqual([
      "3 of 1,000 hosts  drop-ins included  FAILED  not read",
      "    host-000, host-001, host-002",
      "1 file not read: empty",
      "    host-003.json",
      "",
      "996 of 1,000 hosts ok, 3 failed; 1 file could not be read",
      "",
    ]);
  });

  test("names five hosts, and all with --wide", () => {
    const seven = merged(
      Object.fromEntries([..."abcdefg"].map((host) => [host, reading(check("log", "warning", "not writable"))])),
    );
    expect(text(seven)[1]).toBe("    a, b, c, d, e and 2 more");
    expect(text(seven, true)[1]).toBe("    a, b, c, d, e, f, g");
    expect(text(seven).at(-2)).toBe("0 of 7 hosts ok, 7 with warnings only");
  });

  test("has the hint of the message, and how many hosts the message is about", () => {
    const group = { ...check("log", "warning", "not writable"), hint: "look at it" };
    const report = merged({ a: reading(group), b: reading(group), c: reading(check("log", "warning", "absent")) });
    expect(text(report).slice(0, 3)).toEqual([
      "3 of 3 hosts  log  WARNING  not writable (so on 2 of these 3)",
      "    => look at it",
      "    a, b, c",
    ]);
  });

  test("has only the last line if all hosts are ok", () => {
    expect(text(merged({ a: reading(check("sshd", "ok")) }))).toEqual(["1 of 1 host ok", ""]);
  });

  test("folds long lines, but not with --wide", () => {
    const report = merged({ a: reading(check("log", "warning", "word ".repeat(40).trim())) });
    expect(Math.max(...text(report).map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(text(report, true)[0]).toContain("word ".repeat(40).trim());
  });

  test("escapes names, messages and reasons, also as JSON", () => {
    const evil = "\u001b[31m\u202e\u009b\n";
    const report = merged({ [`a${evil}`]: reading({ ...check("log", "failed", evil), hint: evil }), b: unread(evil) });
    const json = hostsJson(report, { version: "0.1.0", at: new Date(0) });
    for (const told of [text(report).join("\n"), json]) {
      expect(told.replaceAll("\n", "")).toMatch(/^[\x20-\x7e]*$/);
    }
    expect(text(report)[1]).toBe("    => \\u001b[31m\\u202e\\u009b\\u000a");
    expect(JSON.parse(json)).toMatchObject({ checks: [{ hosts: [`a${evil}`], message: evil }] });
  });

  test("has the title of each check, and the name of one that this version does not know", () => {
    const names = [...Object.keys(CHECKS), "of-a-newer-version"];
    const lines = text(merged({ a: reading(...names.map((name) => check(name, "failed"))) }), true);
    for (const title of [...Object.values(CHECKS), "of-a-newer-version"]) {
      expect(lines.some((line) => line.startsWith(`1 of 1 host  ${title} `))).toBe(true);
    }
  });
});

test.each([
  { files: ["web1.json", "web2.txt", "web3.out", "web4"], hosts: ["web1", "web2", "web3", "web4"] },
  { files: ["web1.example.com", "web2.example.com.json"], hosts: ["web1.example.com", "web2.example.com"] },
  { files: ["web1.json", "web1.txt", "web1.json.json"], hosts: ["web1.json", "web1.txt", "web1.json.json"] },
  { files: [".json", "a.log"], hosts: [".json", "a.log"] },
])("$files are the hosts $hosts", ({ files, hosts }) => {
  expect([...hostNames(files).values()]).toEqual(hosts);
});
