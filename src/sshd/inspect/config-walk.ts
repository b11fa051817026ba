/**
 * Finds where a setting of sshd comes from: reads the configuration file and its includes line by line, as servconf.c does.
 * Pure except for the functions passed in. Only sshd decides what is in force (effective.ts); this file only finds the line.
 */
import { codeOf } from "../../errno.ts";
import { splitArgs } from "./command-line.ts";

/** One line that sets a keyword. */
export interface Setting {
  /** In lower case. */
  readonly keyword: string;
  /** As sshd reads it: the rest of the line for a command, the first word for other keywords. */
  readonly value: string;
  readonly file: string;
  /** Starts at 1. */
  readonly line: number;
  /** The conditions of the Match blocks that contain the line, outermost first; empty if the line is global. */
  readonly match: readonly string[];
}

export interface Include {
  readonly pattern: string;
  readonly file: string;
  readonly line: number;
  readonly match: readonly string[];
}

export interface ConfigScan {
  readonly settings: readonly Setting[];
  readonly includes: readonly Include[];
  /** Files read, in the order of reading. */
  readonly files: readonly string[];
  /** Paths that could not be read, with the system's error code. */
  readonly unreadable: readonly { readonly file: string; readonly code: string }[];
}

export interface ConfigFiles {
  /** @throws Error with a code */
  read(path: string): string;
  /** Returns the paths that match a pattern, sorted by bytes, as glob(3) does. */
  glob(pattern: string): readonly string[];
  /** Returns directories along a pattern that this process may not read: sshd, as root, may find more there. */
  closed?(pattern: string): readonly string[];
}

/** SERVCONF_MAX_DEPTH of servconf.c. */
const MAX_DEPTH = 16;
/** SSHDIR: an Include without a leading slash is relative to it, independent of the including file's directory. */
const SSH_FOLDER = "/etc/ssh";
/** Keywords whose value is the rest of the line, including quotes and comments. */
const WHOLE_LINE = new Set(["authorizedkeyscommand", "authorizedprincipalscommand", "match"]);

export function walkConfig(file: string, files: ConfigFiles): ConfigScan {
  const walk = {
    settings: [] as Setting[],
    includes: [] as Include[],
    files: [] as string[],
    unreadable: [] as ConfigScan["unreadable"][number][],
  };
  visit(file, [], 0);
  return walk;

  function unreadable(path: string, code: string): void {
    if (!walk.unreadable.some((one) => one.file === path && one.code === code))
      walk.unreadable.push({ file: path, code });
  }

  function visit(path: string, inherited: readonly string[], depth: number): void {
    if (depth > MAX_DEPTH) {
      unreadable(path, "includes are nested too deeply");
      return;
    }
    let text: string;
    try {
      text = files.read(path);
    } catch (error) {
      unreadable(path, codeOf(error));
      return;
    }
    walk.files.push(path);
    let match = inherited;
    text.split("\n").forEach((content, index) => {
      const read = readLine(content);
      if (read === undefined) return;
      const line = index + 1;
      // A Match block ends at the next one, and at the end of its file: an included file does not change the including
      // file's state.
      if (read.keyword === "match") match = [...inherited, read.value];
      else if (read.keyword !== "include") walk.settings.push({ ...read, value: read.value, file: path, line, match });
      else {
        for (const pattern of splitArgs(read.rest, true) ?? []) {
          walk.includes.push({ pattern, file: path, line, match });
          const absolute = /^[/~]/.test(pattern) ? pattern : `${SSH_FOLDER}/${pattern}`;
          for (const folder of files.closed?.(absolute) ?? []) unreadable(folder, "EACCES");
          for (const included of files.glob(absolute)) visit(included, match, depth + 1);
        }
      }
    });
  }
}

/** Parses `Keyword value`, `Keyword=value`, `Keyword = value`; undefined for an empty line, a comment, or no value. */
export function readLine(line: string): { keyword: string; value: string; rest: string } | undefined {
  const [, quoted, plain, rest = ""] =
    /^[ \t\r]*(?:"([^"]*)"|([^ \t\r="#][^ \t\r="]*))[ \t\r]*=?[ \t\r]*(.*?)[ \t\r\f]*$/s.exec(line) ?? [];
  const keyword = (quoted ?? plain)?.toLowerCase();
  if (keyword === undefined || keyword === "" || rest === "") return undefined;
  if (WHOLE_LINE.has(keyword)) return { keyword, value: rest, rest };
  const [value] = splitArgs(rest, true) ?? [];
  return value === undefined ? undefined : { keyword, value, rest };
}

/** Parses the settings given with `-o`, as sshd reads them: one line each. `words` are those of its command line. */
export function commandLineSettings(words: readonly string[]): { keyword: string; value: string }[] {
  return words.flatMap((word, index) => (words[index - 1] === "-o" ? (readLine(word) ?? []) : []));
}

/** The line or option that set a value. */
export type Source = { readonly kind: "command-line"; readonly value: string } | ({ readonly kind: "file" } & Setting);

/** Returns the source of the global value: `Match all` overrides all, then comes the command line, then the first line. */
export function globalSource(keyword: string, walk: ConfigScan, words: readonly string[] = []): Source | undefined {
  const lines = walk.settings.filter((setting) => setting.keyword === keyword);
  const everywhere = lines.find(({ match }) => match.length > 0 && match.every((one) => /^all$/i.test(one)));
  if (everywhere !== undefined) return { kind: "file", ...everywhere };
  const option = commandLineSettings(words).find((setting) => setting.keyword === keyword);
  if (option !== undefined) return { kind: "command-line", value: option.value };
  const first = lines.find(({ match }) => match.length === 0);
  return first && { kind: "file", ...first };
}

/**
 * Returns the source of the value that sshd reports as in force; undefined if no line can have set it: it is sshd's default.
 * @param value undefined for `none`
 */
export function sourceOf(
  keyword: string,
  value: string | undefined,
  walk: ConfigScan,
  words: readonly string[] = [],
): Source | undefined {
  const isIt = (found: { value: string }) => noneAsUndefined(found.value) === value;
  const global = globalSource(keyword, walk, words);
  if (global !== undefined && isIt(global)) return global;
  const inMatch = walk.settings.find((one) => one.keyword === keyword && one.match.length > 0 && isIt(one));
  return inMatch && { kind: "file", ...inMatch };
}

/** Returns the first file or directory of the configuration that this process may not read; undefined if it may read all. */
export const permissionFlaw = ({ unreadable }: Pick<ConfigScan, "unreadable">): string | undefined =>
  unreadable.find(({ code }) => code === "EACCES" || code === "EPERM")?.file;

export const noneAsUndefined = (value: string): string | undefined =>
  value.toLowerCase() === "none" ? undefined : value;

/** Returns `file:line` with its Match block, or the command line. */
export function describeSource(source: Source): string {
  if (source.kind === "command-line") return "sshd's command line";
  const block = source.match.length === 0 ? "" : `, in the block Match ${source.match.join(" with Match ")}`;
  return `${source.file}:${source.line}${block}`;
}
