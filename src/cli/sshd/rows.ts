/** Layout of messages about sshd: a word, and next to it the folded text. Pure. */
import { type Colour, fold, safe, type TextStyle } from "../text.ts";

export interface Row {
  readonly word: string;
  readonly message: string;
  readonly colour?: Colour | undefined;
  /** A line to copy: not folded. */
  readonly whole?: boolean;
}

const WIDTH = 12;

export function printRows(rows: readonly Row[], { width, paint }: TextStyle): string {
  return rows
    .flatMap(({ word, message, colour, whole }) => {
      const begin = word.padEnd(WIDTH);
      if (whole) return [`${begin}${safe(message)}`];
      const [first = "", ...more] = fold(safe(message), width, WIDTH, begin);
      return [colour === undefined ? first : paint(colour, begin) + first.slice(WIDTH), ...more];
    })
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}
