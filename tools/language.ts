/**
 * Counts how often comments and Markdown use constructs that are hard to read ("Language" in CONTRIBUTING.md), for each thousand
 * words. `node tools/language.ts [FILE...]`: with files, it lists the places instead.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

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

/** Returns each comment, or each paragraph, with its lines joined: a construct may span two lines. */
function textsOf(file: string): Text[] {
  const source = readFileSync(file, "utf8");
  return file.endsWith(".md") ? paragraphs(file, source) : comments(file, source);
}

function comments(file: string, source: string): Text[] {
  const form = /\/\*\*?([\s\S]*?)\*\/|(?:^|[\t ])\/\/([^\n]*(?:\n[\t ]*\/\/[^\n]*)*)/gm;
  return [...source.matchAll(form)].map((match) => ({
    file,
    line: source.slice(0, match.index).split("\n").length,
    text: plain((match[1] ?? match[2] ?? "").replace(/^[\t ]*(\*|\/\/)/gm, "")),
  }));
}

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

/** The files whose language is measured, by group. */
function files(): { readonly comments: string[]; readonly docs: string[] } {
  const all = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: folder !== ".", encoding: "utf8" }).map((name) => join(folder, name)),
  );
  return {
    comments: all.filter((file) => /^(src|test|bench|tools|packaging)\/.*\.(ts|c)$/.test(file)),
    docs: all.filter((file) => file.endsWith(".md") && !file.startsWith("test/")),
  };
}

/** Counts of each construct in a text, for the tests and for the figures. */
export const countsIn = (text: string): Record<string, number> =>
  Object.fromEntries(
    Object.entries(CONSTRUCTS).map(([name, construct]) => [name, [...text.matchAll(construct)].length]),
  );

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function list(given: readonly string[]): void {
  for (const { file, line, text } of given.flatMap(textsOf)) {
    for (const [name, construct] of Object.entries(CONSTRUCTS)) {
      for (const { index } of text.matchAll(construct))
        print(`${file}:${line}: ${name}: …${text.slice(Math.max(0, index - 50), index + 70)}…`);
    }
  }
}

/** @returns whether every figure is within its limit */
function measure(group: string, paths: readonly string[]): boolean {
  const texts = paths.flatMap(textsOf).map(({ text }) => text);
  const thousands = texts.reduce((sum, text) => sum + wordsIn(text), 0) / 1000;
  if (thousands === 0) throw new Error(`no ${group} found`);
  print(`${group}: ${Math.round(thousands * 1000)} words`);
  const counts = texts.map(countsIn);
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
  else if (
    !Object.entries(files())
      .map(([group, paths]) => measure(group, paths))
      .every(Boolean)
  )
    process.exitCode = 1;
}
