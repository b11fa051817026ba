/** `eic-agent settings check` as the built program: checks a settings file before it is rolled out. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pinnedRoots } from "../../src/host/roots.ts";
import { command, run } from "../support/agent.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "eic-settings-check-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function written(text: string | Buffer): string {
  const file = join(folder, "config.toml");
  writeFileSync(file, text);
  return file;
}
const check = (...words: string[]) => run(command("settings", "check", ...words));
/** Returns the problems of a report, without its notes, hints and last line. */
const problems = (stdout: string): string[] =>
  stdout.split("\n").filter((line) => line !== "" && !/^(note|hint): |^\d+ problems?$|: valid$/.test(line));

describe("a valid file", () => {
  test("exits 0, and lists what was not checked", async () => {
    const file = written("[metadata]\ndeadline_ms = 500\n");
    expect(await check(file)).toMatchObject({
      status: 0,
      stderr: "",
      stdout: `note: owner and mode of ${file} were not checked: when installed, it must belong to root and be writable by root only\n${file}: valid\n`,
    });
  });

  test("such as the one in the packages", async () => {
    expect(await check("packaging/config.toml")).toMatchObject({ status: 0 });
  });

  test("such as that one with every setting enabled", async () => {
    const all = readFileSync("packaging/config.toml", "utf8").replace(/^#(?=\w+ = |\[\[)/gm, "");
    const seen = await check("--text-only", written(all));
    expect(seen.stdout).toContain(": valid\n");
  });

  test("with any owner and mode, because it is not installed yet", async () => {
    const file = written("");
    chmodSync(file, 0o666);
    expect(await check(file)).toMatchObject({ status: 0 });
  });
});

describe("an invalid file", () => {
  test("has every problem reported at once, each with its line and the correct form", async () => {
    const file = written(
      [
        "# a comment",
        "[metadata]",
        "deadline_ms = 200",
        'endpiont = "http://192.0.2.1"',
        "",
        "[policy]",
        "deny_users = [",
        '  "root",',
        '  "a**",',
        "]",
        'mode = "warn"',
        "[[policy.rules]]",
        'users = ["a"]',
        "[[policy.rules]]",
        'users = ["a"]',
        "callers = 1",
        "[audit]",
        "required = 'yes'",
        "[nonsense]",
        "x = 1",
      ].join("\n"),
    );
    const seen = await check(file);
    expect(seen).toMatchObject({ status: 1, stderr: "" });
    expect(problems(seen.stdout)).toEqual([
      `${file}:3: metadata.deadline_ms must be a whole number from 500 to 4000 (found 200)`,
      `${file}:4: metadata.endpiont is not a known setting; did you mean endpoint?`,
      `${file}:7: policy.deny_users.1 may not have ** (a * never matches : or /) (found "a**")`,
      `${file}:11: policy.mode must be "enforce" or "report" (found "warn")`,
      `${file}:12: policy.rules.0.callers is missing`,
      `${file}:16: policy.rules.1.callers must be a list of callers (found 1)`,
      `${file}:18: audit.required must be true or false (found "yes")`,
      `${file}:19: nonsense is not a known setting`,
    ]);
    expect(seen.stdout).toMatch(/\n8 problems\n$/);
  });

  test.each([
    { text: "[keys\nx = 1", at: ":1:6: " },
    { text: "[keys]\n\nclock_skew_seconds = 1\nclock_skew_seconds = 2\n", at: ":4:1: " },
    { text: "[a]\nb = 'c\n", at: ":2:7: " },
  ])("has line and column if it is not TOML: $text", async ({ text, at }) => {
    const file = written(text);
    const seen = await check(file);
    expect(seen.status).toBe(1);
    expect(problems(seen.stdout)).toEqual([expect.stringContaining(`${file}${at}`)]);
    expect(seen.stdout.split(file).length).toBeLessThanOrEqual(3);
  });

  test("as JSON", async () => {
    const file = written("[keys]\nclock_skew_seconds = 1000\n[chain]\ncommand = 1\n");
    const { status, stdout } = await check(file, "--json");
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      format: 1,
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      file,
      status: "failed",
      problems: [
        {
          code: "SETTINGS_INVALID",
          line: 2,
          column: null,
          setting: "keys.clock_skew_seconds",
          message: "keys.clock_skew_seconds must be a whole number from 0 to 900 (found 1000)",
        },
        {
          code: "SETTINGS_INVALID",
          line: 4,
          column: null,
          setting: "chain.command",
          message: "chain.command is not a known setting",
        },
      ],
      notes: [expect.stringContaining("owner and mode"), "files that it names were not read"],
    });
  });

  test("by a text with control characters, shown escaped", async () => {
    const seen = await check(written('[audit]\ntarget = "\\u001b[2J"\n["\\u001b[2J"]\n'));
    expect(seen.status).toBe(1);
    expect(seen.stdout).not.toContain("\u001b");
  });

  test.each([
    { title: "a folder", make: (path: string) => mkdirSync(path), message: "not a regular file" },
    { title: "nothing", make: () => undefined, message: "ENOENT" },
    {
      title: "a file of a megabyte",
      make: (path: string) => writeFileSync(path, "#".repeat(1e6)),
      message: "larger than",
    },
  ])("because it is $title", async ({ make, message }) => {
    const path = mkdtempSync(join(folder, "x-"));
    make(join(path, "c"));
    const seen = await check(join(path, "c"));
    expect(seen).toMatchObject({ status: 1, stdout: expect.stringContaining(message) });
  });
});

describe("files that it names", () => {
  test("are read as a login reads them", async () => {
    const [absent, empty] = [join(folder, "absent.pem"), join(folder, "empty.pem")];
    writeFileSync(empty, "");
    const file = written(`[trust]\nanchors = "${empty}"\nextra_anchors = "${absent}"\n`);
    const seen = await check(file);
    expect(seen.status).toBe(1);
    expect(problems(seen.stdout)).toEqual([
      `${file}: trust.anchors: ${empty}: no certificate in it`,
      `${file}: trust.extra_anchors: ${absent}: ENOENT`,
    ]);
    expect(await check(file, "--text-only")).toMatchObject({ status: 0 });
  });

  test("and must be writable by root only, because they are installed", async () => {
    const pem = join(folder, "open.pem");
    writeFileSync(pem, pinnedRoots());
    chmodSync(pem, 0o666);
    const seen = await check(written(`[trust]\nanchors = "${pem}"\n`));
    expect(seen.status).toBe(1);
    expect(seen.stdout).toMatch(/trust\.anchors: .*(is writable by group or others|belongs to user)/);
  });
});

test("with a usage error, it exits 2", async () => {
  expect(await run(command("settings"))).toMatchObject({ status: 2, stdout: "" });
  expect(await run(command("settings", "mend"))).toMatchObject({ status: 2, stdout: "" });
  expect(await check("a", "b")).toMatchObject({ status: 2, stdout: "" });
});
