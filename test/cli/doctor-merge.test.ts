/**
 * `eic-agent doctor --merge` as the built program, on folders of its own `doctor --json` output. The settings file of these runs
 * does not exist, so the doctor sends no request, also on an EC2 instance.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, run } from "../support/agent.ts";

interface Result {
  status: string;
  checks: { check: string; status: string; message: string; hint?: string; needsRoot?: boolean }[];
}

let folder: string;
/** The program's own output on this host: its settings cannot be read. */
let output: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "eic-doctor-merge-"));
  const seen = await run(command("doctor", "--json", "--config", join(folder, "absent.toml")));
  expect(seen).toMatchObject({ status: 1, stderr: "" });
  output = seen.stdout;
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Returns the output as if each check that fails or warns here were ok, except those given. */
function healthy(...except: { check: string; status: string; message: string }[]): string {
  const result: Result = JSON.parse(output);
  const checks = result.checks.map(({ check, status, message }) => {
    const other = except.find((one) => one.check === check);
    return other ?? { check, message, status: status === "not-applicable" ? status : "ok" };
  });
  const status = ["failed", "warning"].find((one) => except.some((each) => each.status === one)) ?? "ok";
  return `${JSON.stringify({ ...result, status, checks }, undefined, 2)}\n`;
}

function folderOf(files: Readonly<Record<string, string>>): string {
  const made = mkdtempSync(join(folder, "results-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(made, name), text);
  return made;
}
const merge = (from: string, ...words: string[]) => run(command("doctor", "--merge", from, ...words));
const NOT_READ = {
  check: "include",
  status: "failed",
  message: "/etc/ssh/sshd_config.d/60-eic-agent.conf is not read",
};
const LOG = { check: "log", status: "warning", message: "/dev/log cannot be written" };

describe("doctor --merge", () => {
  test("counts the hosts of each problem, and names each file that has no result", async () => {
    const from = folderOf({
      "a1.json": JSON.stringify({ rc: 1, stdout: healthy(NOT_READ), stderr: "" }),
      "a2.txt": `a2 | FAILED | rc=1 >>\n${healthy(NOT_READ)}non-zero return code\n`,
      "a3.out": healthy(NOT_READ, LOG),
      a4: healthy(LOG),
      "a5.json": healthy(),
      "cut.json": output.slice(0, 2500),
      "large.json": healthy(),
      "gone.json": JSON.stringify({ msg: "timed out\u001b[31m", unreachable: true }),
    });
    truncateSync(join(from, "large.json"), 2 ** 20 + 1);
    mkdirSync(join(from, "more"));
    spawnSync("mkfifo", [join(from, "pipe")]);
    symlinkSync("nothing", join(from, "link"));
    const seen = await merge(from);
    expect(seen).toMatchObject({ status: 1, stderr: "" });
    expect(seen.stdout.split("\n")).toEqual([
      "3 of 11 hosts  drop-ins included  FAILED",
      "    /etc/ssh/sshd_config.d/60-eic-agent.conf is not read",
      "    a1, a2, a3",
      "2 of 11 hosts  log                WARNING  /dev/log cannot be written",
      "    a3, a4",
      "1 file not read: the JSON is cut off or damaged, 2500 characters in all; its",
      "    status is failed",
      "    cut.json",
      '1 file not read: host not reached ("timed out\\u001b[31m")',
      "    gone.json",
      "1 file not read: larger than 1 MiB",
      "    large.json",
      "1 file not read: cannot be read (ENOENT)",
      "    link",
      "1 file not read: a folder; files below it are not read",
      "    more",
      "1 file not read: not a regular file",
      "    pipe",
      "",
      "1 of 11 hosts ok, 1 with warnings only, 3 failed; 6 files could not be read",
      "",
    ]);
  });

  test("has every problem of the program's own output, as text and as JSON", async () => {
    const from = folderOf({ "web1.json": output, "web2.json": output, "web3.json": healthy() });
    const { checks }: Result = JSON.parse(output);
    const outcomes = checks.flatMap(({ check, status, message, hint, needsRoot }) => {
      if (status === "ok" || (status === "not-applicable" && needsRoot !== true)) return [];
      const outcome = status === "not-applicable" ? "not-checked" : status;
      return [{ check, outcome, hosts: ["web1", "web2"], message, alike: 2, ...(hint === undefined ? {} : { hint }) }];
    });
    expect(outcomes.map(({ check }) => check)).toContain("settings");
    const seen = await merge(from, "--json");
    expect(seen).toMatchObject({ status: 1, stderr: "" });
    const { checks: groups, ...head } = JSON.parse(seen.stdout);
    expect(head).toEqual({
      ...{ format: 1, version: expect.any(String), at: expect.any(String) },
      ...{ hosts: 3, ok: 1, warning: 0, failed: 2, unreadable: [] },
    });
    const byName = (a: { check: string }, b: { check: string }) => a.check.localeCompare(b.check);
    expect(groups.toSorted(byName)).toEqual(outcomes.toSorted(byName));
    const lines = (await merge(from, "--wide")).stdout.split("\n");
    for (const { message } of outcomes) expect(lines.some((line) => line.endsWith(message))).toBe(true);
  });

  test.each([
    { title: "0 if all are ok", files: { a: [], b: [] }, status: 0 },
    { title: "0 with warnings only", files: { a: [LOG], b: [] }, status: 0 },
    { title: "1 with a failure", files: { a: [LOG], b: [NOT_READ] }, status: 1 },
    { title: "1 with a file that is not read", files: { a: [], b: undefined }, status: 1 },
  ])("has the exit status $title", async ({ files, status }) => {
    const texts = Object.entries(files).map(([name, checks]) => [name, checks === undefined ? "" : healthy(...checks)]);
    expect(await merge(folderOf(Object.fromEntries(texts)))).toMatchObject({ status, stderr: "" });
  });
});

describe("a usage error is", () => {
  test.each([
    { words: ["--merge", "FOLDER/empty"], message: "--merge FOLDER/empty: the folder is empty" },
    { words: ["--merge", "FOLDER/file"], message: "--merge FOLDER/file: not a folder" },
    { words: ["--merge", "FOLDER/none"], message: "--merge FOLDER/none: no such folder" },
    { words: ["--merge", "FOLDER", "--user", "alice"], message: "--merge and --user cannot be combined" },
    { words: ["--merge", "FOLDER", "--problems"], message: "--merge and --problems cannot be combined" },
    { words: ["--merge", "FOLDER", "--config", "x"], message: "--merge and --config cannot be combined" },
    { words: ["--wide"], message: "--wide needs --merge" },
  ])("$words", async ({ words, message }) => {
    mkdirSync(join(folder, "empty"), { recursive: true });
    writeFileSync(join(folder, "file"), "");
    const seen = await run(command("doctor", ...words.map((word) => word.replace("FOLDER", folder))));
    const stderr = `eic-agent: ${message.replace("FOLDER", folder)}\n`;
    expect(seen).toMatchObject({ status: 2, stdout: "", stderr });
  });

  test.each([["--merge", "a", "--merge", "b"], ["--merge"], ["--merge", "a", "--watch"]])(
    "%s %s %s %s",
    async (...words) => {
      const seen = await run(command("doctor", ...words.filter((word) => word !== undefined)));
      expect(seen).toMatchObject({ status: 2, stdout: "" });
    },
  );
});
