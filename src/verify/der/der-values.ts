/** Decodes DER contents to values: the content of an element after its tag is known (X.690 §8, §11). */
import { CERTIFICATE } from "../bounds.ts";
import { DerError, type Element, TAG } from "./der.ts";

/** Decodes a BOOLEAN. X.690 §11.1: TRUE is only ff. */
export function booleanOf({ content }: Element): boolean {
  const [byte] = content;
  if (content.length !== 1 || (byte !== 0x00 && byte !== 0xff))
    throw new DerError("a BOOLEAN that is neither 00 nor ff");
  return byte === 0xff;
}

/** Returns the content of an INTEGER, checked to be the shortest (X.690 §8.3.2). Used to compare serial numbers. */
export function integerBytesOf({ content }: Element): Uint8Array {
  const [first, second] = content;
  if (first === undefined) throw new DerError("an INTEGER without bytes");
  if (second !== undefined && ((first === 0x00 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    throw new DerError("an INTEGER in more bytes than it needs");
  }
  return content;
}

/** Decodes a small non-negative INTEGER or ENUMERATED: versions, path lengths, statuses. */
export function smallIntegerOf(element: Element): number {
  const bytes = integerBytesOf(element);
  const [first = 0] = bytes;
  if (first >= 0x80 || bytes.length > 4) throw new DerError("an INTEGER below 0 or above 2^31");
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

/** Decodes an OBJECT IDENTIFIER to dotted decimal. Arcs must be in the fewest bytes (X.690 §8.19.2) and below 2^53. */
export function oidOf({ content }: Element): string {
  if (content.length > CERTIFICATE.oid) throw new DerError(`an OBJECT IDENTIFIER of ${content.length} bytes`);
  const arcs: number[] = [];
  let arc = 0;
  let open = false;
  for (const byte of content) {
    if (!open && byte === 0x80) throw new DerError("an OBJECT IDENTIFIER arc in more bytes than it needs");
    arc = arc * 128 + (byte & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER) throw new DerError("an OBJECT IDENTIFIER arc above 2^53");
    open = byte >= 0x80;
    if (open) continue;
    if (arcs.length === 0) arcs.push(arc < 80 ? Math.floor(arc / 40) : 2, arc < 80 ? arc % 40 : arc - 80);
    else arcs.push(arc);
    arc = 0;
  }
  if (open || arcs.length === 0) throw new DerError("an OBJECT IDENTIFIER that ends inside an arc");
  return arcs.join(".");
}

/** Returns the bytes of a BIT STRING without unused bits: signatures, public keys. */
export function octetsOf({ content }: Element): Uint8Array {
  if (content[0] !== 0) throw new DerError("a BIT STRING that is not whole bytes");
  return content.subarray(1);
}

/**
 * Returns the numbers of the bits that are set in a named BIT STRING (X.690 §11.2.2: no trailing zero bits).
 * @param most maximum bytes of bits
 */
export function namedBitsOf({ content }: Element, most: number): ReadonlySet<number> {
  if (content.length > 1 + most) throw new DerError(`a named BIT STRING of over ${most} bytes`);
  const [unused] = content;
  const bytes = content.subarray(1);
  const last = bytes.at(-1);
  if (unused === undefined || unused > 7 || (last === undefined && unused !== 0)) {
    throw new DerError("a BIT STRING with a wrong count of unused bits");
  }
  if (last !== undefined && (last & ((2 << unused) - 1)) !== 1 << unused) {
    throw new DerError("a named BIT STRING with trailing zero bits");
  }
  const set = new Set<number>();
  for (const [i, byte] of bytes.entries()) {
    for (let bit = 0; bit < 8; bit += 1) if (byte & (0x80 >> bit)) set.add(i * 8 + bit);
  }
  return set;
}

/** Decodes UTCTime or GeneralizedTime in the only form that RFC 5280 §4.1.2.5 allows: with seconds, in Z. */
export function timeOf(element: Element): Date {
  const text = Buffer.from(element.content).toString("latin1");
  if (element.tag === TAG.utcTime && /^\d{12}Z$/.test(text)) {
    return instant(`${Number(text.slice(0, 2)) >= 50 ? "19" : "20"}${text}`);
  }
  if (element.tag === TAG.generalizedTime && /^\d{14}Z$/.test(text)) return instant(text);
  throw new DerError("a time that is not YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ");
}

function instant(text: string): Date {
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)(..)(..)(..)Z$/.exec(text) ?? [];
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const date = new Date(iso);
  // 31 February does not exist, but Date would convert it to a date.
  if (Number.isNaN(date.getTime()) || date.toISOString() !== iso) throw new DerError("a time that does not exist");
  return date;
}
