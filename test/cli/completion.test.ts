/** Completion, asked of a real bash; and the vocabulary behind it, held against each command's own help. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VOCABULARY } from "../../src/cli/vocabulary.ts";
import { command, run } from "../support/agent.ts";

let script: string;
const folder = mkdtempSync(join(tmpdir(), "eic-completion-"));
beforeAll(async () => {
  script = (await run(command("completion", "bash"))).stdout;
  writeFileSync(join(folder, "settings.toml"), "");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What bash would offer for the last word. */
function offered(...words: string[]): string[] {
  const ask = `${script}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _eic_agent; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync("bash", ["--norc", "-c", ask, "bash", ...words], { encoding: "utf8" });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  return stdout.split("\n").filter((word) => word !== "");
}

describe("bash is offered", () => {
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
    { words: ["eic-agent", "explain", "--at", "20"], gives: [] },
    { words: ["eic-agent", "doctor", "x"], gives: [] },
    { words: ["eic-agent", "nothing", "x"], gives: [] },
  ])("$gives for $words", ({ words, gives }) => {
    expect(offered(...words)).toEqual(gives);
  });

  test("files where files belong, an option's and a fingerprint's", () => {
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
    expect(Object.keys(VOCABULARY).toSorted()).toEqual(listed.toSorted());
  });

  test.each(Object.keys(VOCABULARY))("has every option of %s, and no other", async (name) => {
    const { stdout } = await run(command(name, "--help"));
    const options = /^Options:\n((?: .*\n)+)/m.exec(stdout)?.[1] ?? "";
    const listed = [...options.matchAll(/^ {2}(?:-\w, | {4})(--[a-z-]+)/gm)].map(([, option]) => option);
    expect(Object.keys(VOCABULARY[name]?.options ?? {}).toSorted()).toEqual(listed.toSorted());
  });
});

test("the script for zsh offers each command and each option", async () => {
  const { stdout } = await run(command("completion", "zsh"));
  expect(stdout).toMatch(/^#compdef eic-agent\n/);
  for (const [name, { options }] of Object.entries(VOCABULARY)) {
    const row = new RegExp(`^    ${name}\\) _arguments (.*) ;;$`, "m").exec(stdout)?.[1] ?? "";
    for (const option of Object.keys(options)) expect(row).toContain(`'${option}`);
  }
});
