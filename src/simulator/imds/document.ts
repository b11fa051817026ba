/**
 * Key documents as the metadata service serves them: `#Name=value` lines and the key line, all signed, then the
 * signature, then an empty line.
 */
import type { DocumentScheme } from "../authority/key-pairs.ts";

export interface Block {
  /** Field lines and the key line, without their LF. The signature covers all of them, each with its LF. */
  readonly lines: readonly string[];
  readonly signature?: DocumentScheme | ((signed: Buffer) => Uint8Array);
  readonly wrapSignatureAt?: number;
}

type Sign = (bytes: Uint8Array, how?: DocumentScheme) => Buffer;

export const documentOf = (blocks: readonly Block[], signer: object, sign: Sign): Buffer =>
  Buffer.concat(blocks.map((block) => printed(block, signer, sign)));

/** Blocks as printed for one signer. A signature is made only once, so that a document stays the same while it is live. */
const done = new WeakMap<Block, { signer: object; bytes: Buffer }>();

function printed(block: Block, signer: object, sign: Sign): Buffer {
  const before = done.get(block);
  if (before?.signer === signer) return before.bytes;

  const signed = Buffer.from(block.lines.map((line) => `${line}\n`).join(""));
  const { signature: how } = block;
  const base64 = Buffer.from(typeof how === "function" ? how(signed) : sign(signed, how)).toString("base64");
  const bytes = Buffer.concat([signed, Buffer.from(`${wrapped(base64, block.wrapSignatureAt)}\n\n`)]);
  done.set(block, { signer, bytes });
  return bytes;
}

const wrapped = (base64: string, columns: number = base64.length): string =>
  (base64.match(new RegExp(`.{1,${Math.max(columns, 1)}}`, "g")) ?? []).join("\n");

/**
 * Returns `text` if it fits on a single line. A newline in a caller or a key would begin another signed line, which was not
 * pushed.
 * @throws Error that names `what`
 */
export function plainLine(what: string, text: string): string {
  if (text === "") throw new Error(`the ${what} is empty`);
  const bad = /[\x00-\x1f\x7f\u0080-\u009f\u2028\u2029]/.exec(text);
  if (bad) throw new Error(`the ${what} has a control character at column ${bad.index + 1}`);
  return text;
}
