/** Words on a screen: what is foreign made safe, lines folded at a width, times and durations as people say them. Pure. */

const COLOURS = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

export type Colour = keyof typeof COLOURS;
export type Paint = (colour: Colour, text: string) => string;

export const painter =
  (coloured: boolean): Paint =>
  (colour, text) =>
    coloured ? `\x1b[${COLOURS[colour]}m${text}\x1b[0m` : text;

/**
 * Whatever came from outside, before it reaches a terminal: printable ASCII as it is, all else as `\u` and its number.
 * Neither an escape sequence nor a character that turns the direction of writing around comes through.
 */
export const safe = (text: string): string =>
  text.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

/**
 * Folds a text at spaces. A word that is longer than a line stays whole: half a fingerprint is none.
 * @param indent columns of every line, the first one's already taken by `first`
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

/** `41 s`, `12 min`, `5 h`, `83 days`; whole units, rounded down, so that nothing lasts longer than it says. */
export function duration(seconds: number): string {
  const whole = Math.floor(Math.abs(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 2 * 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 2 * 86_400) return `${Math.floor(whole / 3600)} h`;
  return `${Math.floor(whole / 86_400)} days`;
}

/** `2026-11-22 03:27:56Z`: RFC 3339, without fractions. */
export const moment = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z`;
export const day = (iso: string): string => iso.slice(0, 10);
/** `03:27:56`, UTC. */
export const clock = (iso: string): string => iso.slice(11, 19);

/** Seconds from one moment to another; negative where it is over. */
export const secondsUntil = (iso: string, now: string): number => (Date.parse(iso) - Date.parse(now)) / 1000;

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
