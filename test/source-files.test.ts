/** Rules for single files: their length, their first comment, their output, their environment, and what they may name. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { importsOf } from "./architecture/imports.ts";

/** Returns the files of a folder whose names end in one of `ends`, with the folder. */
const filesIn = (folder: string, ends: RegExp): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => ends.test(file))
    .map((file) => join(folder, file));

const files = filesIn("src", /\.ts$/).map((file) => file.slice("src/".length));

describe("every file of code", () => {
  const all = ["src", "test", "tools", "packaging", "bench"].flatMap((folder) => filesIn(folder, /\.(ts|c|sh|mjs)$/));

  test("is found", () => {
    expect(all).toEqual(expect.arrayContaining(["src/relay/authorized-keys.c", "tools/check.sh", "bench/bench.ts"]));
  });

  test.each(all.map((file) => ({ file })))("$file is at most 250 lines long", ({ file }) => {
    expect(readFileSync(file, "utf8").split("\n").length - 1).toBeLessThanOrEqual(250);
  });
});

describe("the shipped programs are made without the tests", () => {
  const build = [...filesIn("packaging/build", /\.ts$/), "tools/build.ts"];
  const sources = [...filesIn("src", /\.(ts|c)$/), ...build, "tools/bundle.ts"];

  test.each(sources.map((file) => ({ file })))("$file names no path below test/", ({ file }) => {
    expect(readFileSync(file, "utf8")).not.toMatch(/\btest\/|(["'`])test\1/);
  });

  test("and the build loads no module below test/, directly or through another", () => {
    const loaded = new Set(build);
    for (const file of loaded) {
      for (const { name } of importsOf(file)) {
        const target = join(dirname(file), name);
        if (name.startsWith(".") && existsSync(target)) loaded.add(target);
      }
    }
    expect([...loaded]).toEqual(expect.arrayContaining(["tools/requirements.ts", "packaging/build/warm-up.ts"]));
    expect([...loaded].filter((file) => file.startsWith("test/"))).toEqual([]);
  });
});

describe("every source file", () => {
  test.each(files.map((file) => ({ file })))("$file says first what it is for", ({ file }) => {
    expect(readFileSync(join("src", file), "utf8")).toMatch(/^\/\*\*/);
  });

  test.each(files.map((file) => ({ file })))("$file writes standard output only if it is a door", ({ file }) => {
    const doors = /^(main\.ts|output\.ts|cli\/|simulator\/)/;
    if (doors.test(file)) return;
    expect(readFileSync(join("src", file), "utf8")).not.toMatch(/process\.stdout|console\./);
  });

  test.each(files.filter((file) => !/^(simulator|cli)\//.test(file)).map((file) => ({ file })))(
    "$file reads no environment",
    ({ file }) => {
      const source = readFileSync(join("src", file), "utf8");
      // Passed on to another command as sshd passes it to this program, and not evaluated.
      const mayRead: Record<string, RegExp> = {
        "exec/environment.ts": /given: NodeJS\.ProcessEnv = process\.env/,
        // systemd's method to pass a socket and the journal.
        "service/server/systemd.ts": /process\.env\.(LISTEN_PID|LISTEN_FDS|JOURNAL_STREAM)\b/g,
      };
      const read = source.replace(mayRead[file] ?? "", "");
      expect(read).not.toMatch(/process\.env|loadEnvFile/);
    },
  );
});

test("no name of a file of src is in more than two folders", () => {
  const names = files.map((file) => basename(file));
  expect([...new Set(names)].filter((name) => names.filter((one) => one === name).length > 2)).toEqual([]);
});
