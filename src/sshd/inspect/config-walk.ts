/**
 * Where a setting of sshd comes from: the configuration file and what it includes, line by line, as servconf.c goes
 * through them. Pure but for the two functions passed in. What is in force is sshd's to say (effective.ts); this only
 * says which line it was.
 */
import { splitArgs } from "./command-line.ts";

/** One line that sets something. */
export interface Setting {
  /** In lower case. */
  readonly keyword: string;
  /** As sshd takes it: the rest of the line for a command, the first word for the others. */
  readonly value: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The conditions of the Match blocks that it stands in, outermost first; none: it is global. */
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
  /** Files read, in the order in which they were. */
  readonly files: readonly string[];
  /** What could not be read, with the system's code. */
  readonly unreadable: readonly { readonly file: string; readonly code: string }[];
}

export interface ConfigFiles {
  /** @throws Error with a code */
  read(path: string): string;
  /** The paths that fit a pattern, in the order of their bytes, as glob(3) has them. */
  glob(pattern: string): readonly string[];
  /** Folders on a pattern's way that this process may not look into: sshd, as root, may find more there. */
  closed?(pattern: string): readonly string[];
}

/** SERVCONF_MAX_DEPTH of servconf.c. */
const MAX_DEPTH = 16;
/** SSHDIR: what an Include without a leading slash is relative to, wherever the file lies. */
const SSH_FOLDER = "/etc/ssh";
/** Their value is the rest of the line, quotes, comments and all. */
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
      unreadable(path, "included too deep");
      return;
    }
    let text: string;
    try {
      text = files.read(path);
    } catch (error) {
      unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error));
      return;
    }
    walk.files.push(path);
    let match = inherited;
    text.split("\n").forEach((content, index) => {
      const read = readLine(content);
      if (read === undefined) return;
      const line = index + 1;
      // A Match block ends at the next one, and with its file: an included one leaves the state as it found it.
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

/** `Keyword value`, `Keyword=value`, `Keyword = value`; undefined for an empty line, a comment, or no value. */
export function readLine(line: string): { keyword: string; value: string; rest: string } | undefined {
  const [, quoted, plain, rest = ""] =
    /^[ \t\r]*(?:"([^"]*)"|([^ \t\r="#][^ \t\r="]*))[ \t\r]*=?[ \t\r]*(.*?)[ \t\r\f]*$/s.exec(line) ?? [];
  const keyword = (quoted ?? plain)?.toLowerCase();
  if (keyword === undefined || keyword === "" || rest === "") return undefined;
  if (WHOLE_LINE.has(keyword)) return { keyword, value: rest, rest };
  const [value] = splitArgs(rest, true) ?? [];
  return value === undefined ? undefined : { keyword, value, rest };
}

/** Settings given with `-o`, as sshd reads them: a line each. `words` are those of its command line. */
export function commandLineSettings(words: readonly string[]): { keyword: string; value: string }[] {
  return words.flatMap((word, index) => (words[index - 1] === "-o" ? (readLine(word) ?? []) : []));
}

/** Which line or option set a value. */
export type Source = { readonly kind: "command-line"; readonly value: string } | ({ readonly kind: "file" } & Setting);

/** The global value's source: `Match all` beats all, then the command line, then the first line there is. */
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
 * Who set the value that sshd says is in force; undefined where no line can have: it is sshd's default.
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

/** The first file or folder of the configuration that is closed to this process. */
export const closedTo = ({ unreadable }: Pick<ConfigScan, "unreadable">): string | undefined =>
  unreadable.find(({ code }) => code === "EACCES" || code === "EPERM")?.file;

export const noneAsUndefined = (value: string): string | undefined =>
  value.toLowerCase() === "none" ? undefined : value;

/** `file:line`, with its Match block; or the command line. */
export function describeSource(source: Source): string {
  if (source.kind === "command-line") return "sshd's command line";
  const block = source.match.length === 0 ? "" : `, in the block Match ${source.match.join(" with Match ")}`;
  return `${source.file}:${source.line}${block}`;
}
