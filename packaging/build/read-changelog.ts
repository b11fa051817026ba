/** Parses CHANGELOG.md: its sections, and their contents. */
import { readFileSync } from "node:fs";

/** One version's section. */
export interface Section {
  readonly version: string;
  /** Day of the release, `2026-11-22`; undefined while it is unreleased. */
  readonly date: string | undefined;
  /** The section without its heading, unchanged. */
  readonly markdown: string;
  /** List items and paragraphs, by their heading (such as `Added`); a text before the first heading has none. */
  readonly parts: readonly { readonly heading: string | undefined; readonly items: readonly string[] }[];
}

const HEADING = /^## (?<version>\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?) – (?:(?<date>\d{4}-\d\d-\d\d)|unreleased)$/;

/** @throws Error if a section's heading has another form, or if a version has two sections */
export function readChangelog(text = readFileSync("CHANGELOG.md", "utf8")): Section[] {
  const sections = text.split(/^(?=## )/m).filter((section) => section.startsWith("## "));
  const read = sections.map((section) => {
    const [heading = "", ...rest] = section.split("\n");
    const { version, date } = HEADING.exec(heading)?.groups ?? {};
    if (version === undefined)
      throw new Error(`CHANGELOG.md: "${heading}" is not "## VERSION – YYYY-MM-DD|unreleased"`);
    if (date !== undefined && !isDay(date)) throw new Error(`CHANGELOG.md: there is no day ${date}`);
    const markdown = rest.join("\n").trim();
    return { version, date, markdown, parts: partsOf(markdown) };
  });
  const twice = read.find(({ version }, i) => read.findIndex((other) => other.version === version) < i);
  if (twice !== undefined) throw new Error(`CHANGELOG.md: ${twice.version} has two sections`);
  return read;
}

const isDay = (date: string): boolean => {
  const day = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
};

/** Returns paragraphs and list items, each on one line, as plain text. */
function partsOf(markdown: string): Section["parts"] {
  return markdown.split(/^(?=### )/m).flatMap((part) => {
    const [, heading, body = part] = /^### ([^\n]+)\n(.*)$/s.exec(part) ?? [];
    const items = body
      .split(/\n\s*\n|\n(?=- )/)
      .map((item) => plain(item.replace(/^\s*- /, "")))
      .filter((item) => item !== "");
    return items.length === 0 ? [] : [{ heading, items }];
  });
}

/** Removes link targets and line ends, which are useful only on a page. Back quotes stay: they show where a command ends. */
const plain = (text: string): string =>
  text
    .replace(/\[((?:`[^`]*`|[^\]`])*)\]\([^)\s]*\)/g, "$1")
    .replaceAll("**", "")
    .replace(/\s+/g, " ")
    .trim();
