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

/** Cuts `bytes` at LF. A final LF does not open another line. Decoded once: one call a line costs ten times as much. */
export function lines(bytes: Uint8Array): Line[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const list: Line[] = [];
  for (let start = 0; start < all.length; ) {
    const lf = all.indexOf("\n", start);
    const stop = lf === -1 ? all.length : lf;
    const end = lf === -1 ? stop : lf + 1;
    list.push({ number: list.length + 1, text: all.slice(start, stop), start, end });
    start = end;
  }
  return list;
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
