/** The forms in which tools keep the output of `doctor --json`, and the reason for each text that has no result. */
import { describe, expect, test } from "vitest";
import { asJson } from "../../src/cli/doctor/render.ts";
import { describeCheck, type Finding } from "../../src/doctor/finding.ts";
import { readOutput } from "../../src/doctor/merge/read-output.ts";

const FINDINGS: readonly Finding[] = [
  describeCheck("instance").ok("i-0abcdef1234567890", { id: "i-0abcdef1234567890" }),
  describeCheck("include").failed('"a}b{\\" is not read', "include it"),
  describeCheck("command").needsRoot("sshd's configuration"),
];
const OUTPUT = asJson(FINDINGS, { version: "0.1.0", at: new Date(0), user: undefined, problems: false });
const RESULT = {
  kind: "result",
  result: {
    status: "failed",
    checks: [
      { check: "instance", status: "ok", message: "i-0abcdef1234567890", needsRoot: false },
      {
        ...{ check: "include", status: "failed", needsRoot: false },
        ...{ message: '"a}b{\\" is not read', hint: "include it" },
      },
      {
        ...{ check: "command", status: "not-applicable", needsRoot: true },
        message: "not checked: sshd's configuration requires root",
      },
    ],
  },
};

describe("a result is found in", () => {
  test.each([
    ["the output alone", OUTPUT],
    ["the output on one line, as jq -c prints it", JSON.stringify(JSON.parse(OUTPUT))],
    ["the output with a byte order mark and line ends of Windows", `\ufeff${OUTPUT.replaceAll("\n", "\r\n")}`],
    ["what ansible prints", `web1 | FAILED | rc=1 >>\n${OUTPUT}non-zero return code\n`],
    ["text with braces", `{motd} "{" is {"no": "result"}\n${OUTPUT}}{`],
    [
      "a file of ansible --tree",
      JSON.stringify({
        ...{ changed: true, cmd: "eic-agent doctor --json", failed: true, msg: "non-zero return code", rc: 1 },
        ...{ stderr: "", stderr_lines: [], stdout: OUTPUT, stdout_lines: OUTPUT.split("\n") },
      }),
    ],
    [
      "a reply of GetCommandInvocation, with the error output of SSM",
      JSON.stringify({
        ...{ ResponseCode: 1, Status: "Failed", StandardOutputContent: OUTPUT },
        StandardErrorContent: "failed to run commands: exit status 1",
      }),
    ],
  ])("%s", (_, text) => {
    expect(readOutput(text)).toEqual(RESULT);
  });
});

/** The output with other fields. */
const changed = (fields: object): string => JSON.stringify({ ...JSON.parse(OUTPUT), ...fields });
const withCheck = (check: unknown): string => changed({ status: "ok", checks: [check] });
const LONG = asJson(Array(200).fill(FINDINGS[1]), {
  ...{ version: "0.1.0", at: new Date(0), user: undefined, problems: false },
});

describe("the reason for a text without a result is given for", () => {
  test.each([
    { title: "nothing", text: " \n", reason: "empty" },
    {
      title: "the message of a shell",
      text: "sh: 1: eic-agent: not found\nmore",
      reason: 'no result of doctor --json in it; it begins with "sh: 1: eic-agent: not found"',
    },
    {
      title: "another JSON",
      text: '{"a": 1}',
      reason: 'no result of doctor --json in it; it begins with "{\\"a\\": 1}"',
    },
    ...[2500, 24_000].map((length) => ({
      title: `an output that SSM cut after ${length} characters`,
      text: `${LONG.slice(0, length)}`,
      reason: `the JSON is cut off or damaged, ${length} characters in all; its status is failed`,
    })),
    {
      title: "an output without its status",
      text: OUTPUT.slice(0, 30),
      reason: "the JSON is cut off or damaged, 30 characters in all",
    },
    {
      title: "two outputs",
      text: OUTPUT + OUTPUT,
      reason: "several results in one file; each host needs its own file",
    },
    {
      title: "an output and a second one that is cut off",
      text: OUTPUT + OUTPUT.slice(0, -10),
      reason: "several results in one file; each host needs its own file",
    },
    {
      title: "the runs of two hosts",
      text: `${JSON.stringify({ stdout: OUTPUT })}\n${JSON.stringify({ unreachable: true })}`,
      reason: "several results in one file; each host needs its own file",
    },
    {
      title: "a host that ansible did not reach",
      text: JSON.stringify({
        changed: false,
        msg: "Failed to connect to the host via ssh: timed out",
        unreachable: true,
      }),
      reason: 'host not reached ("Failed to connect to the host via ssh: timed out")',
    },
    {
      title: "a host without the program",
      text: JSON.stringify({
        rc: 127,
        stdout: "",
        stderr: "/bin/sh: 1: eic-agent: not found",
        msg: "non-zero return code",
      }),
      reason: 'no result of doctor --json (exit status 127, "/bin/sh: 1: eic-agent: not found")',
    },
    {
      title: "a cut output inside a run",
      text: JSON.stringify({ StandardOutputContent: LONG.slice(0, 24_000), ResponseCode: 1 }),
      reason: "the JSON is cut off or damaged, 24000 characters in all; its status is failed",
    },
    { title: "a later format", text: changed({ format: 2 }), reason: "its format is 2; this version reads format 1" },
    { title: "no checks", text: changed({ checks: {} }), reason: "checks is not a list" },
    { title: "201 checks", text: changed({ checks: Array(201).fill({}) }), reason: "201 checks; at most 200 are read" },
    {
      title: "a check twice",
      text: changed({ checks: Array(2).fill(FINDINGS[1]) }),
      reason: "a check is listed twice",
    },
    {
      title: "a status that its checks contradict",
      text: changed({ status: "ok" }),
      reason: 'its status is "ok", but that of its checks is failed',
    },
    {
      title: "a failure that was removed",
      text: changed({ checks: [] }),
      reason: 'its status is "failed", but that of its checks is ok',
    },
    ...[
      null,
      [],
      { check: "clock", status: "ok" },
      { check: "clock", status: "fine", message: "m" },
      { check: "Clock \u001b", status: "ok", message: "m" },
      { check: "clock", status: "ok", message: "m", hint: 1 },
    ].map((check) => ({
      title: `the check ${JSON.stringify(check)}`,
      text: withCheck(check),
      reason: "checks[0] does not have the form of a check",
    })),
  ])("$title", ({ text, reason }) => {
    expect(readOutput(text)).toEqual({ kind: "unreadable", reason });
  });

  // Each of these has a megabyte. With work that grows with the square of the length, the test would not end.
  test.each([
    ["braces", "{".repeat(2 ** 20)],
    ["braces and quotes", '{"'.repeat(2 ** 19)],
    ["escapes", `{"${"\\\\".repeat(2 ** 19)}`],
    ["a long string", `{"${"a".repeat(2 ** 20)}`],
    ["beginnings", '{ "format": 1'.repeat(80_000)],
    ["braces and spaces", `{${" ".repeat(1000)}`.repeat(1000)],
    ["small objects", "{}".repeat(2 ** 19)],
  ])("a megabyte of %s", (_, text) => {
    expect(readOutput(text).kind).toBe("unreadable");
  });
});

test("a check of a newer version is kept, and a long message is cut", () => {
  const text = withCheck({ check: "new", status: "ok", message: "m".repeat(2000), more: {} });
  expect(readOutput(text)).toEqual({
    kind: "result",
    result: {
      status: "ok",
      checks: [{ check: "new", status: "ok", message: `${"m".repeat(1000)}...`, needsRoot: false }],
    },
  });
});
