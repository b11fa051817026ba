/** Byte comparison and canonical base64. */

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/**
 * Decodes base64 in its canonical form (RFC 4648 §4: full padding, zero pad bits, no white space).
 * Returns undefined for anything else, including the empty text.
 */
export function fromBase64(text: string): Buffer | undefined {
  if (text === "" || text.length % 4 !== 0) return undefined;
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}
