/** Minimal DER code to change and reassemble openssl's output. Written independently of the reader in src/verify. */

/** One element: its tag, and its content, which is not parsed further. */
export interface Tlv {
  readonly tag: number;
  readonly content: Buffer;
}

/** Splits `bytes` into its consecutive elements. */
export function split(bytes: Buffer): Tlv[] {
  const list: Tlv[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes.readUInt8(at);
    const short = bytes.readUInt8(at + 1);
    const width = short < 0x80 ? 0 : short - 0x80;
    const length = width === 0 ? short : bytes.readUIntBE(at + 2, width);
    const start = at + 2 + width;
    list.push({ tag, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return list;
}

export function join(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const width = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
  const head = Buffer.alloc(2 + width);
  head.writeUInt8(tag, 0);
  head.writeUInt8(width === 0 ? length : 0x80 | width, 1);
  if (width > 0) head.writeUIntBE(length, 2, width);
  return Buffer.concat([head, content]);
}

export const whole = ({ tag, content }: Tlv): Buffer => join(tag, content);

/** Returns element `n` of `bytes`, counted from 0. @throws RangeError if there are fewer */
export function nth(bytes: Buffer, n: number): Tlv {
  const found = split(bytes)[n];
  if (found === undefined) throw new RangeError(`no element ${n} among ${split(bytes).length}`);
  return found;
}
