/**
 * How often the comments of src and the Markdown use constructs that are hard to read for who did not write them (see "Language"
 * in CONTRIBUTING.md), for each thousand words. `node tools/language.ts [FILE...]`: with files, the places instead of the
 * figures.
 */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** For each thousand words. Well-kept projects of this kind have 0 to 0.2. */
const LIMIT = 0.3;

export const CONSTRUCTS: Readonly<Record<string, RegExp>> = {
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

/** A comment or a paragraph a text, its lines joined: a construct may go over the end of a line. */
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

/** Without code, links' targets, and what is quoted from elsewhere. */
const plain = (text: string): string =>
  text
    .replace(/`[^`]*`/g, "X")
    .replace(/\]\([^)]*\)/g, "]")
    .replace(/"[^"]*"/g, "X")
    .replace(/\s+/g, " ")
    .trim();

export const wordsIn = (text: string): number => text.split(/\s+/).filter((word) => /[a-z]/i.test(word)).length;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const given = process.argv.slice(2);
const tracked = (...paths: string[]): string[] =>
  execFileSync("git", ["ls-files", ...paths], { encoding: "utf8" })
    .split("\n")
    .slice(0, -1);

if (given.length > 0) {
  for (const { file, line, text } of given.flatMap(textsOf)) {
    for (const [name, construct] of Object.entries(CONSTRUCTS)) {
      for (const match of text.matchAll(construct)) {
        const around = text.slice(Math.max(0, match.index - 50), match.index + 70);
        print(`${file}:${line}: ${name}: …${around}…`);
      }
    }
  }
} else {
  const groups = {
    comments: tracked("src").filter((file) => /\.(ts|c)$/.test(file)),
    docs: tracked("*.md").filter((file) => !file.startsWith("test/")),
  };
  for (const [group, files] of Object.entries(groups)) {
    const texts = files.flatMap(textsOf);
    const thousands = texts.reduce((sum, { text }) => sum + wordsIn(text), 0) / 1000;
    print(`${group}: ${Math.round(thousands * 1000)} words`);
    for (const [name, construct] of Object.entries(CONSTRUCTS)) {
      const count = texts.reduce((sum, { text }) => sum + [...text.matchAll(construct)].length, 0);
      const often = count / thousands;
      if (often > LIMIT) process.exitCode = 1;
      print(`  ${often.toFixed(2).padStart(5)}${often > LIMIT ? " !" : "  "} ${name}`);
    }
  }
}
