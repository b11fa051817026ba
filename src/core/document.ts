/** The key document: cutting it into blocks. Grammar only; nothing here says whether to believe a block. */
import { fromBase64, type Line, lines } from "./bytes.ts";
import { quoted } from "./verdict.ts";

/** One key as the service sent it. Nothing here is trusted yet. */
export interface KeyBlock {
  readonly kind: "block";
  /** 1-based line at which the block begins. */
  readonly line: number;
  /** `#Name=value` lines by name. Unknown names are kept: they are signed too. */
  readonly fields: ReadonlyMap<string, string>;
  /** The key line without its LF, Latin-1. */
  readonly key: string;
  /** The exact bytes that were signed: field lines and key line, each with its LF. A view, not a copy. */
  readonly signed: Uint8Array;
  /** The decoded signature; 256 bytes under an RSA-2048 signer. */
  readonly signature: Uint8Array;
}

/**
 * Field lines of one block at most; the service sends about five. The names are keys of a map before anything is proven:
 * in the executable strings are hashed by a seed that everybody can know, and names made to collide would cost minutes.
 */
export const MAX_FIELDS = 64;

/** A block that breaks the grammar. It costs that one key, never its neighbours. */
export interface BrokenBlock {
  readonly kind: "broken";
  /** 1-based line at which the block begins. */
  readonly line: number;
  /** 1-based line at which it stopped making sense. */
  readonly at: number;
  /** The first line that is no field, if there is one: for telling whose key was lost. */
  readonly key: string;
  readonly what: string;
}

/**
 * Cuts an active-keys document into its blocks, which an empty line separates.
 *
 *     #Timestamp=<seconds since 1970>      `#Name=value` lines, MAX_FIELDS at most
 *     ssh-ed25519 AAAA...                  one key line
 *     <base64>                             signature over all lines above, one or more lines
 *
 * @param bytes the body as received; its size was limited where it was fetched
 * @returns blocks in document order; none for an empty document
 * @see docs/protocol.md#the-key-document
 */
export function parseDocument(bytes: Uint8Array): (KeyBlock | BrokenBlock)[] {
  return outlineDocument(bytes).map((block) => block.read());
}

/** A block of which nothing is known but whose key it seems to be. */
export interface BlockOutline {
  /** As KeyBlock and BrokenBlock have them. */
  readonly line: number;
  readonly key: string;
  /** Parses it. */
  read(): KeyBlock | BrokenBlock;
}

/** The blocks of a document, uncut: of forty keys one was offered, and to parse the others would cost more than all the rest. */
export function outlineDocument(bytes: Uint8Array): BlockOutline[] {
  return paragraphs(bytes).map((block) => ({
    line: block[0].number,
    key: block.find(isNoField)?.text ?? "",
    read: () => parseBlock(bytes, block),
  }));
}

type Paragraph = readonly [Line, ...Line[]];

const isNoField = (line: Line): boolean => !line.text.startsWith("#");

function paragraphs(bytes: Uint8Array): Paragraph[] {
  const list: Paragraph[] = [];
  let open: [Line, ...Line[]] | undefined;
  for (const line of lines(bytes)) {
    if (line.text === "") open = undefined;
    else if (open !== undefined) open.push(line);
    else {
      open = [line];
      list.push(open);
    }
  }
  return list;
}

function parseBlock(bytes: Uint8Array, block: Paragraph): KeyBlock | BrokenBlock {
  const [first] = block;
  const at = block.findIndex(isNoField);
  const key = block[at];
  const broken = ({ number }: Line, what: string): BrokenBlock => ({
    kind: "broken",
    line: first.number,
    at: number,
    key: key?.text ?? "",
    what,
  });

  if (key === undefined) return broken(block.at(-1) ?? first, "no key line");

  if (at > MAX_FIELDS) return broken(block[MAX_FIELDS] ?? first, `more than ${MAX_FIELDS} field lines`);
  const fields = new Map<string, string>();
  for (const line of block.slice(0, at)) {
    // A field with a control character could look like another field to whoever shows or stores it.
    if (/[\x00-\x1f\x7f]/.test(line.text)) return broken(line, "a control character in a field line");
    const [, name, value] = /^#([^=]+)=(.*)$/.exec(line.text) ?? [];
    if (name === undefined || value === undefined) return broken(line, "a field line that is not #Name=value");
    // The last of two would be believed by one reader, the first by another.
    if (fields.has(name)) return broken(line, `a second ${quoted(name)}`);
    fields.set(name, value);
  }

  const base64 = block.slice(at + 1).map((line) => line.text);
  if (base64.length === 0) return broken(key, "no signature after the key line");
  const signature = fromBase64(base64.join(""));
  if (signature === undefined) return broken(block[at + 1] ?? key, "a signature that is not base64");

  const signed = bytes.subarray(first.start, key.end);
  return { kind: "block", line: first.number, fields, key: key.text, signed, signature };
}
