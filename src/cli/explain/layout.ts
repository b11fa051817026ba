/** Layout of an explanation: sections with a title, and hints indented below the line that they belong to. Pure. */
import { fold, type TextStyle } from "../text.ts";

/** Columns: the text below a heading, and text that belongs to the line above. */
export const INDENT = 2;
export const NESTED_INDENT = 12;

/** Returns the title and the lines; empty without lines. */
export const section = (title: string, lines: readonly string[], { paint }: TextStyle): string[] =>
  lines.length === 0 ? [] : [paint("bold", title), ...lines];

export const hintLines = (hint: string, indent: number, width: number): string[] =>
  fold(hint, width, indent + 6, `${" ".repeat(indent)}hint: `);
