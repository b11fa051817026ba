/** Text for a screen: escapes foreign text, folds lines at a width, formats times and durations for people. Pure. */
import { escapeNonAscii } from "../verify/escape.ts";

const COLOURS = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

export type Colour = keyof typeof COLOURS;
export type Paint = (colour: Colour, text: string) => string;

/** The form of text on this screen. */
export interface TextStyle {
  /** Columns available for text. */
  readonly width: number;
  readonly paint: Paint;
}

export const painter =
  (coloured: boolean): Paint =>
  (colour, text) =>
    coloured ? `\x1b[${COLOURS[colour]}m${text}\x1b[0m` : text;

/** Escapes foreign text before it reaches a terminal. */
export const safe = (text: string): string => escapeNonAscii(text);

/**
 * Folds a text at spaces. A word longer than a line is kept whole, because half a fingerprint is useless.
 * @param indent columns of every line; on the first line `first` fills them
 */
export function fold(text: string, width: number, indent = 0, first = " ".repeat(indent)): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(" ")) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = " ".repeat(indent);
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}

/**
 * Formats seconds as `41 s`, `12 min`, `5 h`, `83 days`: whole units, rounded down, so that nothing ends earlier than shown.
 */
export function duration(seconds: number): string {
  const whole = Math.floor(Math.abs(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 2 * 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 2 * 86_400) return `${Math.floor(whole / 3600)} h`;
  return `${Math.floor(whole / 86_400)} days`;
}

/** Formats a time as `2026-11-22 03:27:56Z`: RFC 3339, without fractions. */
export const moment = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z`;
export const day = (iso: string): string => iso.slice(0, 10);
/** Formats a time of day as `03:27:56`, UTC. */
export const clock = (iso: string): string => iso.slice(11, 19);

/** Returns the seconds from `now` to `iso`; negative if `iso` has passed. */
export const secondsUntil = (iso: string, now: string): number => (Date.parse(iso) - Date.parse(now)) / 1000;

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
