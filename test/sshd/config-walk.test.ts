/** The walk through sshd's files, as tables. sshd.test.ts compares the same tables with the real sshd. */
import { describe, expect, test } from "vitest";
import {
  type ConfigFiles,
  describeSource,
  globalSource,
  readLine,
  sourceOf,
  walkConfig,
} from "../../src/sshd/inspect/config-walk.ts";
import { CONFIGURATIONS } from "./configurations.ts";

/** Returns files by their absolute path. Patterns work as far as these tests use them. */
function inMemory(files: Readonly<Record<string, string>>): ConfigFiles {
  return {
    read: (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error(path), { code: "ENOENT" });
      return text;
    },
    glob: (pattern) => {
      const escaped = pattern.replaceAll(".", "\\.").replaceAll("/*", "/[^/.][^/]*").replaceAll("?", "[^/]");
      return Object.keys(files)
        .filter((path) => new RegExp(`^${escaped}$`).test(path))
        .toSorted();
    },
  };
}

const MAIN = "/etc/ssh/sshd_config";

describe("the line that set a value", () => {
  test.each(CONFIGURATIONS)("is found for $title", ({ main, others = {}, words, command, by }) => {
    const rest = Object.entries(others).map(([path, text]) => [`/etc/ssh/${path}`, text]);
    const walk = walkConfig(MAIN, inMemory({ [MAIN]: main, ...Object.fromEntries(rest) }));
    const source = sourceOf("authorizedkeyscommand", command, walk, words);
    const told = source?.kind === "command-line" ? "command line" : source && `${source.file}:${source.line}`;
    expect(told?.replace("/etc/ssh/", "")).toBe(by);
  });

  // If sshd cannot be asked, this walk is the only source. Only sshd can evaluate Match blocks for one user.
  test.each(CONFIGURATIONS.filter(({ user }) => user === undefined))(
    "has the value in force with $title",
    ({ main, others = {}, words, command }) => {
      const rest = Object.entries(others).map(([path, text]) => [`/etc/ssh/${path}`, text]);
      const walk = walkConfig(MAIN, inMemory({ [MAIN]: main, ...Object.fromEntries(rest) }));
      const { value = "none" } = globalSource("authorizedkeyscommand", walk, words) ?? {};
      expect(value).toBe(command ?? "none");
    },
  );

  test("is found with the Match blocks around it, and those around its Include", () => {
    const files = inMemory({
      [MAIN]: "Match Group admin\nInclude more",
      "/etc/ssh/more": "Match User alice\nAuthorizedKeysCommand /x",
    });
    const source = sourceOf("authorizedkeyscommand", "/x", walkConfig(MAIN, files));
    expect(source && describeSource(source)).toBe(
      "/etc/ssh/more:2, in the block Match Group admin with Match User alice",
    );
  });
});

describe("walkConfig", () => {
  test("continues after an unreadable file, and reports it", () => {
    const files: ConfigFiles = {
      read: (path) => {
        if (path === MAIN) return "Include closed\nPort 22";
        throw Object.assign(new Error(), { code: "EACCES" });
      },
      glob: (pattern) => [pattern],
    };
    const walk = walkConfig(MAIN, files);
    expect(walk.unreadable).toEqual([{ file: "/etc/ssh/closed", code: "EACCES" }]);
    expect(walk.settings).toEqual([{ keyword: "port", value: "22", rest: "22", file: MAIN, line: 2, match: [] }]);
  });

  test("ends with files that include themselves", () => {
    const walk = walkConfig(MAIN, inMemory({ [MAIN]: `Include ${MAIN}` }));
    expect(walk.unreadable).toEqual([{ file: MAIN, code: "includes are nested too deeply" }]);
  });
});

describe("readLine", () => {
  test.each([
    { line: "", gives: undefined },
    { line: "   # Port 22", gives: undefined },
    { line: "Port", gives: undefined },
    { line: "Port=", gives: undefined },
    { line: "Port 22 # why", gives: ["port", "22"] },
    { line: '"Port" 22', gives: ["port", "22"] },
    { line: 'AuthorizedKeysCommandUser "eic agent"', gives: ["authorizedkeyscommanduser", "eic agent"] },
    { line: "AuthorizedKeysCommandUser\teic-agent\r", gives: ["authorizedkeyscommanduser", "eic-agent"] },
    { line: 'AuthorizedKeysCommandUser "open', gives: undefined },
    { line: "Match User alice,bob Address 10.0.0.0/8", gives: ["match", "User alice,bob Address 10.0.0.0/8"] },
  ])("$line", ({ line, gives }) => {
    const read = readLine(line);
    expect(read && [read.keyword, read.value]).toEqual(gives);
  });
});
