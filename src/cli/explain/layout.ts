/** How the parts of an explanation are laid out: sections with a title, and hints that hang under what they are for. Pure. */
import { fold, type Paint } from "../text.ts";

export interface Style {
  readonly width: number;
  readonly paint: Paint;
}

/** Columns: a heading's text, and what belongs to a line above. */
export const INDENT = 2;
export const NESTED_INDENT = 12;

/** Nothing at all where there are no lines. */
export const section = (title: string, lines: readonly string[], { paint }: Style): string[] =>
  lines.length === 0 ? [] : [paint("bold", title), ...lines];

export const hintLines = (hint: string, indent: number, width: number): string[] =>
  fold(hint, width, indent + 6, `${" ".repeat(indent)}hint: `);
