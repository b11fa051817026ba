/**
 * A strict reader of DER (X.690 §10, §11) for the few types in certificates and OCSP responses.
 * It refuses all but one encoding of a value, because two readers could see two meanings in the other encodings.
 */

/** Why bytes are not the expected DER. Used only inside verify/: the callers convert it to a Fault. */
export class DerError extends Error {
  override readonly name = "DerError";
  /** True if the bytes end too early, as in a truncated reply. */
  readonly truncated: boolean;

  constructor(message: string, truncated = false) {
    super(message);
    this.truncated = truncated;
  }
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  enumerated: 0x0a,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Tag `[n]`, constructed: IMPLICIT over a constructed type, or EXPLICIT with one element. */
export const constructed = (n: number): number => 0xa0 | n;
/** Tag `[n] IMPLICIT` over a primitive type. */
export const primitive = (n: number): number => 0x80 | n;

/** One TLV. `bytes` is the whole TLV, `content` its value; both are views, not copies. */
export interface Element {
  readonly tag: number;
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
}

/** Reads `bytes` as exactly one element. Bytes after it are an error. */
export function readDer(bytes: Uint8Array, tag: number): Element {
  const reader = new DerReader(bytes);
  const element = reader.next(tag);
  reader.end();
  return element;
}

/** Reads consecutive elements: the content of a SEQUENCE or SET, or a whole buffer. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Returns a reader for the content of `bytes`, which must be exactly one element of `tag`. */
  static inside(bytes: Uint8Array, tag: number = TAG.sequence): DerReader {
    return new DerReader(readDer(bytes, tag).content);
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Reads the next element, with any tag. */
  any(): Element {
    const start = this.#at;
    const tag = this.#byte();
    if ((tag & 0x1f) === 0x1f) throw new DerError("a tag number above 30");
    const length = this.#length();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new DerError("ends inside an element", true);
    const element = { tag, bytes: this.#bytes.subarray(start, end), content: this.#bytes.subarray(this.#at, end) };
    this.#at = end;
    return element;
  }

  next(tag: number): Element {
    const element = this.any();
    if (element.tag !== tag) throw new DerError(`tag ${hex(element.tag)} where ${hex(tag)} belongs`);
    return element;
  }

  /** Reads the next element if it has this tag. */
  optional(tag: number): Element | undefined {
    return this.#bytes[this.#at] === tag ? this.any() : undefined;
  }

  /** Returns a reader for the content of the next element. */
  enter(tag: number = TAG.sequence): DerReader {
    return new DerReader(this.next(tag).content);
  }

  /**
   * Reads all remaining elements, each of which must have `tag`.
   * @param most maximum number: one element more is an error, and nothing after it is read
   * @param what the kind of elements, for the message
   */
  rest(tag: number, most: number, what: string): Element[] {
    const list: Element[] = [];
    while (!this.done) {
      if (list.length === most) throw new DerError(`more than ${most} ${what}`);
      list.push(this.next(tag));
    }
    return list;
  }

  end(): void {
    if (!this.done) throw new DerError("bytes after the last element");
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new DerError("ends inside an element", true);
    this.#at += 1;
    return byte;
  }

  /** Reads a length. X.690 §10.1: definite form, fewest bytes. Four bytes are far more than the limit of any reply. */
  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw new DerError("a length that is indefinite or over four bytes");
    let length = 0;
    for (let i = 0; i < count; i += 1) length = length * 256 + this.#byte();
    if (length < 0x80 || length < 256 ** (count - 1)) throw new DerError("a length in more bytes than it needs");
    return length;
  }
}

const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, "0")}`;
