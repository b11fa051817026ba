/** Completion in real shells, and its vocabularies, compared with the help of each command. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/command-table.ts";
import { SIMULATOR_VOCABULARY } from "../../src/cli/completion/simulator.ts";
import { command, run } from "../support/agent.ts";
import { describeWith } from "../support/needs.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
const PROGRAMS = ["eic-agent", "eic-simulator"] as const;
const SIMULATOR = [process.execPath, resolve("dist/eic-simulator.cjs")];
/** Completion scripts, by shell and program. */
const scripts = new Map<string, string>();
const folder = mkdtempSync(join(tmpdir(), "eic-completion-"));
beforeAll(async () => {
  for (const shell of SHELLS) {
    for (const program of PROGRAMS) {
      const { stdout } = await run(command("completion", shell, program));
      scripts.set(`${shell} ${program}`, stdout);
      writeFileSync(join(folder, `${program}.${shell}`), stdout);
    }
  }
  writeFileSync(join(folder, "settings.toml"), "");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Returns bash's completions of the last word. */
function offered(...words: string[]): string[] {
  const ask = `${scripts.get(`bash ${words[0]}`)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); ${words[0] === "eic-agent" ? "_eic_agent" : "_eic_simulator"}; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync("bash", ["--norc", "-c", ask, "bash", ...words], { encoding: "utf8" });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  return stdout.split("\n").filter((word) => word !== "");
}

describe("bash offers", () => {
  test.each([
    { words: ["eic-agent", "ex"], gives: ["explain"] },
    { words: ["eic-agent", "c"], gives: ["capture", "completion"] },
    { words: ["eic-agent", "--v"], gives: ["--version"] },
    { words: ["eic-agent", "explain", "--w"], gives: ["--watch"] },
    { words: ["eic-agent", "explain", "--config", "x", "alice", "--j"], gives: ["--json"] },
    { words: ["eic-agent", "explain", "roo"], gives: ["root"] },
    { words: ["eic-agent", "doctor", "--user", "roo"], gives: ["root"] },
    { words: ["eic-agent", "sshd", "e"], gives: ["enable"] },
    { words: ["eic-agent", "sshd", "enable", "--rep"], gives: ["--replace", "--replace-aws"] },
    { words: ["eic-agent", "completion", "z"], gives: ["zsh"] },
    { words: ["eic-agent", "completion", "fish", "eic-s"], gives: ["eic-simulator"] },
    { words: ["eic-agent", "authorized-keys", "--within", "500", "roo"], gives: ["root"] },
    { words: ["eic-simulator", "st"], gives: ["staples", "status"] },
    { words: ["eic-simulator", "instance", "--state", "st"], gives: ["stopping", "stopped"] },
    { words: ["eic-simulator", "rotate", "s"], gives: ["signer"] },
    { words: ["eic-simulator", "push", "--user", "roo"], gives: ["root"] },
    { words: ["eic-simulator", "fault", "drip-"], gives: ["drip-head"] },
    { words: ["eic-agent", "explain", "--at", "20"], gives: [] },
    { words: ["eic-agent", "doctor", "x"], gives: [] },
    { words: ["eic-agent", "nothing", "x"], gives: [] },
  ])("$gives for $words", ({ words, gives }) => {
    expect(offered(...words)).toEqual(gives);
  });

  test("files for an option's and a fingerprint's place", () => {
    const [begun, whole] = [join(folder, "set"), join(folder, "settings.toml")];
    expect(offered("eic-agent", "explain", "--config", begun)).toEqual([whole]);
    expect(offered("eic-agent", "explain", "alice", begun)).toEqual([whole]);
    expect(offered("eic-agent", "capture", "alice", "-o", begun)).toEqual([whole]);
  });
});

describe("the vocabulary", () => {
  test("has every command, and no other", async () => {
    const { stdout } = await run(command("--help"));
    const listed = [...stdout.matchAll(/^ {2}eic-agent ([a-z-]+)/gm)].map(([, name]) => name);
    expect(Object.keys(COMMANDS).toSorted()).toEqual(listed.toSorted());
  });

  test.each(Object.keys(COMMANDS))("has every option of %s, and no other", async (name) => {
    const { stdout } = await run(command(name, "--help"));
    const options = /^Options:\n((?: .*\n)+)/m.exec(stdout)?.[1] ?? "";
    const listed = [...options.matchAll(/^ {2}(?:-\w, | {4})(--[a-z0-9-]+)/gm)].map(([, option]) => option);
    expect(Object.keys(COMMANDS[name]?.options ?? {}).toSorted()).toEqual(listed.toSorted());
  });
});

describe("the simulator's vocabulary", () => {
  test("has every command, and no other", async () => {
    const { stdout } = await run([...SIMULATOR, "--help"]);
    const listing = stdout.slice(0, stdout.indexOf("\nOptions:"));
    const listed = [...listing.matchAll(/^ {2}eic-simulator ([a-z-]+)/gm)].map(([, name]) => name);
    expect(Object.keys(SIMULATOR_VOCABULARY).toSorted()).toEqual(listed.toSorted());
  });

  test.each(Object.keys(SIMULATOR_VOCABULARY))("has every option and choice of %s, and no other", async (name) => {
    const { stdout } = await run([...SIMULATOR, name, "--help"]);
    const options = stdout.slice(stdout.indexOf("\nOptions:\n"));
    const listed = [...options.matchAll(/^ {2}(--[a-z0-9-]+)/gm)].map(([, option]) => option);
    const known = SIMULATOR_VOCABULARY[name];
    expect(Object.keys(known?.options ?? {}).toSorted()).toEqual(listed.toSorted());
    const choices = [...stdout.matchAll(/\[choices: ([^\]]*)\]/g)].map(
      ([, list = ""]) => list.match(/[^\s",]+/g) ?? [],
    );
    const values = [...(known?.words ?? []), ...Object.values(known?.options ?? {})];
    const told = values.filter((value): value is readonly string[] => typeof value === "object");
    // The errors of the API are too many to be offered.
    const offered = choices.map((list) => list.filter((one) => !/^[A-Z]\w*[a-z]/.test(one)));
    expect(told).toEqual(offered);
  });
});

describeWith("shells", "fish offers", () => {
  /** Returns fish's own completions at the end of a line. */
  const complete = (line: string): string[] => {
    const files = PROGRAMS.map((program) => `source ${join(folder, `${program}.fish`)}`).join("; ");
    const env = { PATH: process.env.PATH, HOME: folder, TERM: "dumb" };
    const ask = spawnSync("fish", ["--no-config", "-c", `${files}; complete -C '${line}'`], { encoding: "utf8", env });
    expect({ stderr: ask.stderr, status: ask.status }).toEqual({ stderr: "", status: 0 });
    return ask.stdout.split("\n").flatMap((row) => (row === "" ? [] : [row.split("\t")[0] ?? ""]));
  };

  test.each([
    { line: "eic-agent ex", gives: ["explain"] },
    { line: "eic-agent explain --w", gives: ["--watch"] },
    { line: "eic-agent explain roo", gives: ["root"] },
    { line: "eic-agent explain --at x roo", gives: ["root"] },
    { line: "eic-agent sshd e", gives: ["enable"] },
    { line: "eic-agent sshd enable --rep", gives: ["--replace", "--replace-aws"] },
    { line: "eic-agent sshd enable x", gives: [] },
    { line: "eic-agent completion f", gives: ["fish"] },
    { line: "eic-agent completion fish eic-s", gives: ["eic-simulator"] },
    { line: "eic-simulator st", gives: ["staples", "status"] },
    { line: "eic-simulator instance --state st", gives: ["stopped", "stopping"] },
    { line: "eic-simulator rotate s", gives: ["signer"] },
  ])("$gives for $line", ({ line, gives }) => {
    expect(complete(line).toSorted()).toEqual(gives);
  });

  test("files if an option takes one", () => {
    writeFileSync(join(folder, "settings.toml"), "");
    expect(complete(`eic-agent explain --config ${folder}/set`)).toEqual([join(folder, "settings.toml")]);
  });
});

describeWith("shells", "zsh", () => {
  test.each(PROGRAMS)("reads the script of %s", (program) => {
    const { stderr, status } = spawnSync("zsh", ["-f", "-n", join(folder, `${program}.zsh`)], { encoding: "utf8" });
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  });
});

test("the script for zsh offers each command and each option", async () => {
  const { stdout } = await run(command("completion", "zsh"));
  expect(stdout).toMatch(/^#compdef eic-agent\n/);
  for (const [name, { options }] of Object.entries(COMMANDS)) {
    const row = new RegExp(`^    ${name}\\) _arguments (.*) ;;$`, "m").exec(stdout)?.[1] ?? "";
    for (const option of Object.keys(options)) expect(row).toContain(`'${option}`);
  }
});
