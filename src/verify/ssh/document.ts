/** The key document: cutting it into blocks. Grammar only; nothing here says whether to believe a block. */
import { DOCUMENT } from "../bounds.ts";
import { fromBase64 } from "../bytes.ts";
import { Fault } from "../errors.ts";
import { quoted } from "../verdict.ts";

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
 *     #Timestamp=<seconds since 1970>      `#Name=value` lines
 *     ssh-ed25519 AAAA...                  one key line
 *     <base64>                             signature over all lines above, one or more lines
 *
 * @param bytes the body as received; its size was limited where it was fetched
 * @returns blocks in document order; none for an empty document
 * @throws Fault METADATA_TOO_LARGE where there are more lines or blocks than the service could serve
 * @see docs/protocol.md#the-key-document
 */
export function parseDocument(bytes: Uint8Array): (KeyBlock | BrokenBlock)[] {
  return splitBlocks(bytes).map((block) => block.read());
}

/** A block of which nothing is known but whose key it seems to be. */
export interface BlockHeader {
  /** As KeyBlock and BrokenBlock have them; no more of the key than a line may have. */
  readonly line: number;
  readonly key: string;
  /** When its key ends, as it says and nobody has proven; the beginning of time where it says nothing that can be read. */
  claimedEnd(): number;
  /** Parses it. */
  read(): KeyBlock | BrokenBlock;
}

/** A document is looked at in several steps of a call, and the warm service keeps some: it is outlined once. */
const outlined = new WeakMap<Uint8Array, readonly BlockHeader[]>();

/**
 * The blocks of a document, uncut: of forty keys one was offered, and to parse the others would cost more than all the rest.
 * @throws Fault as parseDocument
 */
export function splitBlocks(bytes: Uint8Array): readonly BlockHeader[] {
  const blocks = outlined.get(bytes) ?? paragraphs(bytes).map((block) => outlineOf(bytes, block));
  outlined.set(bytes, blocks);
  return blocks;
}

/** Lines that stand together, without their LFs. Latin-1: one character a byte, so that columns are what they are on the wire. */
interface Paragraph {
  /** From 1. */
  readonly number: number;
  /** Where it begins, in bytes. */
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
    // A field with a control character could look like another field to whoever shows or stores it.
    if (/[\x00-\x1f\x7f]/.test(line)) return broken(i, "a control character in a field line");
    const [, name, value] = /^#([^=]+)=(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return broken(i, "a field line that is not #Name=value");
    // The last of two would be believed by one reader, the first by another.
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
