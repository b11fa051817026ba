/** The man pages describe every command, option and choice that the built programs list, and no other. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "../support/agent.ts";
import { describeWith } from "../support/needs.ts";

const FOLDER = "packaging/man";

describe.each([{ program: "eic-agent" }, { program: "eic-simulator" }])("$program(1)", ({ program }) => {
  const page = readFileSync(join(FOLDER, `${program}.1`), "utf8");

  test("has a section for each command, with its options and choices", async () => {
    const general = [...optionsIn(sectionOf(page, ".Sh OPTIONS"))];
    const expected = await commandsOf(program, []);
    expect(expected.length).toBeGreaterThan(4);
    const written = subsections(sectionOf(page, ".Sh COMMANDS")).map(({ title, text }) => ({
      command: title,
      options: [...new Set([...optionsIn(text), ...general])].sort(),
      choices: expected.find(({ command }) => command === title)?.choices.filter((word) => mentions(text, word)),
    }));
    expect(written.sort(byCommand)).toEqual(expected.sort(byCommand));
  });
});

interface Command {
  readonly command: string;
  readonly options: readonly string[];
  readonly choices: readonly string[];
}

const byCommand = (a: { command: string }, b: { command: string }) => a.command.localeCompare(b.command);

/** Returns every command that `--help` lists, including subcommands, as their own `--help` describes them. */
async function commandsOf(program: string, words: readonly string[]): Promise<Command[]> {
  const { stdout, status } = await run([process.execPath, `dist/${program}.cjs`, ...words, "--help"]);
  expect(status).toBe(0);
  const path = [program, ...words].join(" ");
  const below = commandsPart(stdout).matchAll(new RegExp(`^ {2}${path} ([a-z-]+)(?= |$)`, "gm"));
  const listed = [...below].map(([, name = ""]) => name);
  if (listed.length > 0) {
    return (await Promise.all(listed.map((name) => commandsOf(program, [...words, name])))).flat();
  }
  const options = [...stdout.matchAll(/^ +(?:-([A-Za-z]), )? *--([a-z0-9-]+)/gm)].flatMap(([, short, long]) =>
    [short === undefined ? undefined : `-${short}`, `--${long}`].filter((name) => name !== undefined),
  );
  const choices = [...stdout.matchAll(/\[choices: ([^\]]*)\]/g)].flatMap(([, list = ""]) =>
    [...list.matchAll(/"([^"]+)"/g)].map(([, word = ""]) => word),
  );
  return [{ command: words.join(" "), options: [...new Set(options)].sort(), choices }];
}

/** Returns the list of commands alone, as examples look like commands, too. */
const commandsPart = (help: string): string => /^Commands:\n(.*?)\n\n/ms.exec(help)?.[1] ?? "";

const sectionOf = (page: string, heading: string): string =>
  page.split(/^(?=\.Sh )/m).find((section) => section.startsWith(`${heading}\n`)) ?? "";

const subsections = (section: string): { title: string; text: string }[] =>
  section
    .split(/^(?=\.Ss )/m)
    .slice(1)
    .map((text) => ({ title: /^\.Ss (.*)$/m.exec(text)?.[1] ?? "", text }));

/** Returns the options in the lists of options, without those that only the prose mentions. */
const optionsIn = (text: string): string[] =>
  [...text.matchAll(/^\.It Fl .*$/gm)].flatMap(([line]) =>
    [...line.matchAll(/\bFl (-?[A-Za-z][a-z0-9-]*)/g)].map(([, name = ""]) => `-${name}`),
  );

/** Returns whether the text has the word as a literal: as a separate word on a .Cm line. */
const mentions = (text: string, word: string): boolean =>
  text
    .split("\n")
    .filter((line) => /^\.(It |Op )?Cm /.test(line))
    .some((line) => line.split(/[ ,|]+/).includes(word));

describe("all pages", () => {
  const pages = readdirSync(FOLDER).map((file) => ({ file, text: readFileSync(join(FOLDER, file), "utf8") }));

  test("are these three", () => {
    expect(pages.map(({ file }) => file)).toEqual(["eic-agent.1", "eic-agent.toml.5", "eic-simulator.1"]);
  });

  test.each(pages)("$file is ASCII, and its lines fit a terminal", ({ text }) => {
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
    expect(text.split("\n").filter((line) => line.length > 120)).toEqual([]);
  });

  describeWith("manuals", "the programs that display them", () => {
    test.each(pages)("mandoc has no warning about $file", async ({ file }) => {
      const { status, stdout, stderr } = await run(["mandoc", "-T", "lint", "-W", "warning", join(FOLDER, file)]);
      expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: "" });
    });

    test.each(pages)("man shows $file without a warning", async ({ file }) => {
      const env = { MANWIDTH: "80", LC_ALL: "C.UTF-8", MANPAGER: "cat" };
      const { status, stdout, stderr } = await run(["man", "--warnings", "--local-file", join(FOLDER, file)], env);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toContain("SEE ALSO");
    });
  });
});
