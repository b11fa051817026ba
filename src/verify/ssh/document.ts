/** Splits the key document into blocks. Grammar only: nothing here decides whether a block is trusted. */
import { DOCUMENT } from "../bounds.ts";
import { fromBase64 } from "../bytes.ts";
import { Fault } from "../errors.ts";
import { quoted } from "../verdict.ts";

/** One key as received. Nothing in it is trusted yet. */
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

/** A block that breaks the grammar. Only this key is lost, not the keys of other blocks. */
export interface BrokenBlock {
  readonly kind: "broken";
  /** 1-based line at which the block begins. */
  readonly line: number;
  /** 1-based line of the error. */
  readonly at: number;
  /** The first line that is not a field, if there is one: for reporting whose key was lost. */
  readonly key: string;
  readonly what: string;
}

/** A block before it is parsed. Only its apparent key is known. */
export interface BlockHeader {
  /** As in KeyBlock and BrokenBlock; `key` is cut at the length that a line may have. */
  readonly line: number;
  readonly key: string;
  /** Returns the expiry that the block claims, which is not verified; negative infinity if it cannot be read. */
  claimedEnd(): number;
  /** Parses the block. */
  read(): KeyBlock | BrokenBlock;
}

/** Several steps of a call need the outline of a document, and the service keeps some documents: it is made once. */
const outlined = new WeakMap<Uint8Array, readonly BlockHeader[]>();

/**
 * Splits an active-keys document into its blocks, which are separated by empty lines.
 *
 *     #Timestamp=<seconds since 1970>      `#Name=value` lines
 *     ssh-ed25519 AAAA...                  one key line
 *     <base64>                             signature over all lines above, one or more lines
 *
 * The blocks are not yet parsed: of forty keys one was offered, and parsing the others would cost more than all the rest.
 * @param bytes the body as received; its size was limited when it was fetched
 * @returns blocks in document order; an empty list for an empty document
 * @throws Fault METADATA_TOO_LARGE if there are more lines or blocks than EC2 Instance Connect could serve
 * @see docs/protocol.md#the-key-document
 */
export function splitBlocks(bytes: Uint8Array): readonly BlockHeader[] {
  const blocks = outlined.get(bytes) ?? paragraphs(bytes).map((block) => outlineOf(bytes, block));
  outlined.set(bytes, blocks);
  return blocks;
}

/** Consecutive lines, without their LFs. Latin-1: one character per byte, so that columns are the same as on the wire. */
interface Paragraph {
  /** 1-based line. */
  readonly number: number;
  /** Offset of its beginning in bytes. */
  readonly start: number;
  readonly lines: string[];
}

function paragraphs(bytes: Uint8Array): Paragraph[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const lines = text.split("\n", DOCUMENT.lines + 1);
  if (lines.length > DOCUMENT.lines) throw tooMany("lines", DOCUMENT.lines);
  const list: Paragraph[] = [];
  let number = 0;
  let start = 0;
  let open: string[] | undefined;
  for (const line of lines) {
    number += 1;
    if (line === "") open = undefined;
    else if (open !== undefined) open.push(line);
    else {
      if (list.length === DOCUMENT.blocks) throw tooMany("blocks", DOCUMENT.blocks);
      open = [line];
      list.push({ number, start, lines: open });
    }
    start += line.length + 1;
  }
  return list;
}

const tooMany = (what: string, most: number): Fault =>
  new Fault("METADATA_TOO_LARGE", `a key document of over ${most} ${what}`, { limit: most });

const isNoField = (line: string): boolean => !line.startsWith("#");
const TIMESTAMP = "#Timestamp=";

function outlineOf(bytes: Uint8Array, block: Paragraph): BlockHeader {
  return {
    line: block.number,
    key: block.lines.find(isNoField)?.slice(0, DOCUMENT.line) ?? "",
    claimedEnd: () => {
      const field = block.lines.slice(0, DOCUMENT.fields).find((line) => line.startsWith(TIMESTAMP));
      const end = field === undefined ? Number.NaN : Number(field.slice(TIMESTAMP.length, TIMESTAMP.length + 13));
      return Number.isFinite(end) ? end : Number.NEGATIVE_INFINITY;
    },
    read: () => parseBlock(bytes, block),
  };
}

function parseBlock(bytes: Uint8Array, block: Paragraph): KeyBlock | BrokenBlock {
  const { lines } = block;
  const at = lines.findIndex(isNoField);
  const key = lines[at];
  const broken = (nth: number, what: string): BrokenBlock => ({
    kind: "broken",
    line: block.number,
    at: block.number + nth,
    key: key?.slice(0, DOCUMENT.line) ?? "",
    what,
  });

  if (key === undefined) return broken(lines.length - 1, "no key line");
  if (at > DOCUMENT.fields) return broken(DOCUMENT.fields, `more than ${DOCUMENT.fields} field lines`);
  const long = lines.slice(0, at + 1).findIndex(({ length }) => length > DOCUMENT.line);
  if (long !== -1) return broken(long, `a line of over ${DOCUMENT.line} characters`);

  const fields = new Map<string, string>();
  for (const [i, line] of lines.slice(0, at).entries()) {
    // A field with a control character could look like another field in a program that displays or stores it.
    if (/[\x00-\x1f\x7f]/.test(line)) return broken(i, "a control character in a field line");
    const [, name, value] = /^#([^=]+)=(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return broken(i, "a field line that is not #Name=value");
    // Of two fields with the same name, one reader would use the last, another the first.
    if (fields.has(name)) return broken(i, `a second ${quoted(name)}`);
    fields.set(name, value);
  }

  const base64 = lines.slice(at + 1);
  if (base64.length === 0) return broken(at, "no signature after the key line");
  if (base64.length > DOCUMENT.signatureLines) {
    return broken(at + 1 + DOCUMENT.signatureLines, `a signature of over ${DOCUMENT.signatureLines} lines`);
  }
  const signature = fromBase64(base64.join(""));
  if (signature === undefined) return broken(at + 1, "a signature that is not base64");

  const length = lines.slice(0, at + 1).reduce((sum, line) => sum + line.length + 1, 0);
  const signed = bytes.subarray(block.start, block.start + length);
  return { kind: "block", line: block.number, fields, key, signed, signature };
}
