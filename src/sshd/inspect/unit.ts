/**
 * How systemd starts sshd: the unit's ExecStart with its drop-ins, read from the files on the disk. `-o` and `-f` there
 * override the configuration files, and other agents' packages take over sshd by overriding ExecStart. Pure except for the
 * reader passed in. systemctl is not asked, since not every container has it.
 */
import type { ConfigFiles } from "./config-walk.ts";

/** A file hides files of the same name in later directories (systemd.unit(5)). */
const FOLDERS = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
];
/** Debian's name, and that of all other distributions. */
const UNITS: readonly string[] = ["ssh.service", "sshd.service"];
/** Units that a socket starts for each connection (`Accept=yes`). */
export const PER_CONNECTION: readonly string[] = ["ssh@.service", "sshd@.service"];

export interface SshdUnit {
  readonly unit: string;
  /** The file whose ExecStart is in force, and its line. */
  readonly file: string;
  readonly line: number;
  /** The words with variables and quotes resolved; the program first. */
  readonly words: readonly string[];
  /** Files that the unit consists of, fragment first. */
  readonly files: readonly string[];
}

/** Returns the unit that starts sshd; undefined if there is no such unit, or it starts nothing. */
export function sshdUnit(files: ConfigFiles, names = UNITS): SshdUnit | undefined {
  for (const unit of names) {
    const fragment = FOLDERS.map((folder) => `${folder}/${unit}`).find((path) => files.glob(path).length > 0);
    if (fragment === undefined) continue;
    const found = parseUnit(unit, [fragment, ...dropIns(unit, files)], files);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns the drop-ins of all services and of this unit, sorted by name regardless of their directories. */
function dropIns(unit: string, files: ConfigFiles): string[] {
  const byName = new Map<string, string>();
  // The unit's own drop-ins override those of all services, so they are read last.
  for (const kind of ["service.d", `${unit}.d`]) {
    for (const folder of FOLDERS.toReversed()) {
      for (const path of files.glob(`${folder}/${kind}/*.conf`))
        byName.set(path.slice(path.lastIndexOf("/") + 1), path);
    }
  }
  return [...byName].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}

function parseUnit(unit: string, paths: readonly string[], files: ConfigFiles): SshdUnit | undefined {
  const variables = new Map<string, string>();
  let start: { text: string; file: string; line: number } | undefined;
  for (const file of paths) {
    for (const { name, value, line } of serviceLines(textOf(file, files))) {
      if (name === "ExecStart") start = value === "" ? undefined : { text: value, file, line };
      if (name === "Environment") for (const word of unitWords(value)) assign(variables, word);
      if (name === "EnvironmentFile") {
        const text = textOf(value.replace(/^-/, ""), files);
        for (const { text: assignment } of joinLines(text)) {
          const [, key, words = ""] = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$/s.exec(assignment) ?? [];
          if (key !== undefined) variables.set(key, unitWords(words).join(" "));
        }
      }
    }
  }
  if (start === undefined) return undefined;
  const words = unitWords(start.text.replace(/^[@\-:+!|]+/, "")).flatMap((word) => expandVariables(word, variables));
  return { unit, file: start.file, line: start.line, words, files: paths };
}

function assign(variables: Map<string, string>, word: string): void {
  const [, key, value = ""] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(word) ?? [];
  if (key !== undefined) variables.set(key, value);
}

/** Returns a file's text; empty if the file does not exist or may not be read. */
function textOf(path: string, files: ConfigFiles): string {
  try {
    return files.read(path);
  } catch {
    return "";
  }
}

/** Parses the `Name=value` lines of the [Service] section. */
function serviceLines(text: string): { name: string; value: string; line: number }[] {
  let inside = false;
  return joinLines(text).flatMap(({ text: content, line }) => {
    const [, section] = /^\s*\[(.*)\]\s*$/.exec(content) ?? [];
    if (section !== undefined) inside = section === "Service";
    const [, name, value] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/s.exec(content) ?? [];
    return inside && name !== undefined && value !== undefined ? [{ name, value, line }] : [];
  });
}

/** Splits a text into lines without comments; a backslash at the end continues the line. */
function joinLines(text: string): { text: string; line: number }[] {
  const lines: { text: string; line: number }[] = [];
  let open: { text: string; line: number } | undefined;
  text.split("\n").forEach((content, index) => {
    if (/^\s*[#;]/.test(content)) return;
    const whole: { text: string; line: number } =
      open === undefined ? { text: content, line: index + 1 } : { ...open, text: open.text + content };
    if (whole.text.endsWith("\\")) open = { ...whole, text: `${whole.text.slice(0, -1)} ` };
    else {
      lines.push(whole);
      open = undefined;
    }
  });
  return lines;
}

/** Splits words with systemd's quotes (systemd.syntax(7)) and those escapes that a command line of sshd can need. */
export function unitWords(text: string): string[] {
  const words = text.matchAll(/(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\.|[^\s"'\\])+/gs);
  return [...words].map(([word]) =>
    word.replace(
      /"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|\\(.)/gs,
      (_, double?: string, single?: string, escaped?: string) =>
        (double ?? single ?? `\\${escaped}`).replace(
          /\\(.)/gs,
          (__, character: string) => ESCAPES[character] ?? character,
        ),
    ),
  );
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", s: " " };

/** Expands variables: `%%` is a percent sign, a word `$NAME` becomes the words of its value, `${NAME}` stays one word. */
function expandVariables(word: string, variables: ReadonlyMap<string, string>): string[] {
  const [, alone] = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(word) ?? [];
  if (alone !== undefined) return unitWords(variables.get(alone) ?? "");
  const whole = word.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => variables.get(name) ?? "");
  return [whole.replaceAll("%%", "%").replaceAll("$$", "$")];
}

/** sshd as it runs, or its unit if it does not run. */
export interface StartedBy {
  readonly disk: ConfigFiles;
  /** The settings on the command line of the process; undefined: those of its unit. */
  readonly processArgs: readonly string[] | undefined;
  readonly unitNames: readonly string[] | undefined;
}

/** Returns the settings on sshd's command line, as settingWords() does. */
export const currentWords = ({ disk, processArgs, unitNames }: StartedBy): readonly string[] =>
  processArgs ?? settingWords(sshdUnit(disk, unitNames)?.words ?? []);

/** Returns those of sshd's words that change its settings, each option as two words: `-f FILE`, `-o Name=value`. */
export function settingWords(words: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 1; at < words.length; at += 1) {
    const [, option, inline = ""] = /^-[46DdeiqtTV]*([fo])(.*)$/s.exec(words[at] ?? "") ?? [];
    if (option === undefined) continue;
    if (inline === "") at += 1;
    const value = inline === "" ? words[at] : inline;
    if (value !== undefined) kept.push(`-${option}`, value);
  }
  return kept;
}
