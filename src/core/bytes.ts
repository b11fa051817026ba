/** Bytes: comparing, cutting into lines, and base64 that has only one spelling. */

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** One line, without its LF. `end` is past the LF. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** Latin-1: one character a byte, so that columns and control characters are what they are on the wire. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Cuts `bytes` at LF. A final LF does not open another line. */
export function* lines(bytes: Uint8Array): Generator<Line> {
  for (let number = 1, start = 0; start < bytes.length; number += 1) {
    const lf = bytes.indexOf(0x0a, start);
    const stop = lf === -1 ? bytes.length : lf;
    const end = lf === -1 ? stop : lf + 1;
    yield { number, text: Buffer.from(bytes.subarray(start, stop)).toString("latin1"), start, end };
    start = end;
  }
}

/**
 * Decodes base64 in its one canonical spelling (RFC 4648 §4: full padding, zero pad bits, no white space).
 * Undefined for anything else, the empty text included.
 */
export function fromBase64(text: string): Buffer | undefined {
  if (text === "" || text.length % 4 !== 0) return undefined;
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}
