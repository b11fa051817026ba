/**
 * Counts how often comments, Markdown, the texts in src and the titles of tests use constructs that are hard to read ("Language" in
 * CONTRIBUTING.md), for each thousand words. `node tools/language.ts [FILE...]`: with files, it lists the places instead.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { literalsOf } from "./literals.ts";

/** Occurrences for each thousand words. Well-kept projects of this kind have 0 to 0.2. */
const LIMIT = 0.3;

const CONSTRUCTS: Readonly<Record<string, RegExp>> = {
  "somebody, nobody, anybody, everybody": /\b(some|no|any|every)(body|one)\b/gi,
  "whoever, whatever": /\b(who|what|which|where|how)(so)?ever\b(?=,? [a-z])(?! (is|was|the case))/gi,
  "is none, is no …": /(?<!\bthere )\b(is|are|was|were|be) (none|no(?! (longer|more|such|matter)))\b/gi,
  "Who …, What … as a subject": /(?:^|[.:;!?] )(Who|What) (?![^.]*\?)[a-z]+/gm,
  stands: /\b(stands?|stood|standing)\b/gi,
  told: /\btold\b/gi,
  beside: /\bbeside\b/gi,
  "ours, theirs, of its own": /\b(ours|theirs|hers|of (its|their|our|his) own)\b/gi,
  "Where … for if": /(?:^|[.:;!?] )Where [a-z]|\bwhere (it|they|there|nothing|none|no|one|not)\b/gm,
  "he, him, his": /\b(he|him|his|himself)\b/gi,
};

interface Text {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

type Reader = (file: string, source: string) => Text[];

/** Returns each comment with its lines joined: a construct may span two lines. */
function comments(file: string, source: string): Text[] {
  const form = /\/\*\*?([\s\S]*?)\*\/|(?:^|[\t ])\/\/([^\n]*(?:\n[\t ]*\/\/[^\n]*)*)/gm;
  return [...source.matchAll(form)].map((match) => ({
    file,
    line: lineAt(source, match.index),
    text: plain((match[1] ?? match[2] ?? "").replace(/^[\t ]*(\*|\/\/)/gm, "")),
  }));
}

/** Characters. Shorter strings are mostly names, keys and paths. */
const SHORTEST_TEXT = 28;

/** Returns the strings of src that are long enough for a text. */
export const strings: Reader = (file, source) =>
  literalsOf(source)
    .filter(({ text }) => text.length >= SHORTEST_TEXT && text.includes(" "))
    .map(({ at, text }) => ({ file, line: lineAt(source, at), text: sentence(text) }));

/** The code in front of a title: a call of a test function, the second call after `test.each(…)`, or a field of a table of cases. */
const BEFORE_TITLE =
  /(?:\b(?:test|describe|story|inCorner)(?:\.\w+)*\(|\bdescribeWith\([^()]*,|[\])]\(|\b(?:title|what|way):)\s*$/;

/** Returns the titles of tests and of groups of tests. */
export const titles: Reader = (file, source) =>
  literalsOf(source)
    .filter(({ at, text }) => text.includes(" ") && BEFORE_TITLE.test(source.slice(Math.max(0, at - 100), at)))
    .map(({ at, text }) => ({ file, line: lineAt(source, at), text: sentence(text.replace(/[$%]\w+/g, "X")) }));

const lineAt = (source: string, offset: number): number => source.slice(0, offset).split("\n").length;

/** Returns a literal as a sentence: messages and titles begin in lower case. */
function sentence(literal: string): string {
  const text = plain(literal.replace(/\\n/g, " ").replace(/\\(["'`])/g, "$1"));
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Returns each paragraph with its lines joined. */
function paragraphs(file: string, source: string): Text[] {
  const prose = source.replace(/^( *)```[\s\S]*?^\1```/gm, (code) => code.replace(/[^\n]/g, ""));
  let line = 1;
  return prose.split(/(\n(?:\s*\n)+|\n(?=[|#>*-]|\d+\.))/).flatMap((part) => {
    const at = line;
    line += part.split("\n").length - 1;
    return part.trim() === "" ? [] : [{ file, line: at, text: plain(part.replace(/^[|#>*\s-]+/, "")) }];
  });
}

/** Returns the text without code, link targets and quotations. */
const plain = (text: string): string =>
  text
    .replace(/`[^`]*`/g, "X")
    .replace(/\]\([^)]*\)/g, "]")
    .replace(/"[^"]*"/g, "X")
    .replace(/\s+/g, " ")
    .trim();

const wordsIn = (text: string): number => text.split(/\s+/).filter((word) => /[a-z]/i.test(word)).length;

const FOLDERS = ["src", "test", "bench", "tools", "packaging", "docs", ".github", "."];

interface Group {
  readonly name: string;
  /** The paths of its files. */
  readonly files: RegExp;
  readonly read: Reader;
}

/** What is measured; each group has its own figures. */
const GROUPS: readonly Group[] = [
  { name: "comments", files: /^(src|test|bench|tools|packaging)\/.*\.(ts|c)$/, read: comments },
  { name: "docs", files: /^(?!test\/).*\.md$/, read: paragraphs },
  { name: "texts in src", files: /^src\/.*\.ts$/, read: strings },
  { name: "titles of tests", files: /^test\/.*\.ts$/, read: titles },
];

const everyFile = (): string[] =>
  FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: folder !== ".", encoding: "utf8" }).map((name) => join(folder, name)),
  );

const textsOf = ({ read }: Group, file: string): Text[] => read(file, readFileSync(file, "utf8"));

/** Counts of each construct in a text, for the tests and for the figures. */
export const countsIn = (text: string): Record<string, number> =>
  Object.fromEntries(
    Object.entries(CONSTRUCTS).map(([name, construct]) => [name, [...text.matchAll(construct)].length]),
  );

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function list(given: readonly string[]): void {
  const paths = given.map((path) => relative(".", path));
  const texts = paths.flatMap((file) =>
    GROUPS.filter(({ files }) => files.test(file)).flatMap((group) => textsOf(group, file)),
  );
  for (const { file, line, text } of texts) {
    for (const [name, construct] of Object.entries(CONSTRUCTS)) {
      for (const { index } of text.matchAll(construct))
        print(`${file}:${line}: ${name}: …${text.slice(Math.max(0, index - 50), index + 70)}…`);
    }
  }
}

/** @returns whether every figure is within its limit */
function measure(group: Group, paths: readonly string[]): boolean {
  const texts = paths.filter((path) => group.files.test(path)).flatMap((path) => textsOf(group, path));
  const thousands = texts.reduce((sum, { text }) => sum + wordsIn(text), 0) / 1000;
  if (thousands === 0) throw new Error(`no ${group.name} found`);
  print(`${group.name}: ${Math.round(thousands * 1000)} words`);
  const counts = texts.map(({ text }) => countsIn(text));
  return Object.keys(CONSTRUCTS)
    .map((name) => {
      const often = counts.reduce((sum, count) => sum + (count[name] ?? 0), 0) / thousands;
      print(`  ${often.toFixed(2).padStart(5)}${often > LIMIT ? " !" : "  "} ${name}`);
      return often <= LIMIT;
    })
    .every(Boolean);
}

if (import.meta.main) {
  const given = process.argv.slice(2);
  if (given.length > 0) list(given);
  else {
    const paths = everyFile();
    if (!GROUPS.map((group) => measure(group, paths)).every(Boolean)) process.exitCode = 1;
  }
}
