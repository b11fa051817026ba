/** Just enough DER to change what openssl made and put it together again. Written apart from the reader in src/core. */

/** One element: its tag, and its content cut no further. */
export interface Tlv {
  readonly tag: number;
  readonly content: Buffer;
}

/** The elements that stand one after the other in `bytes`. */
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

/** The `n`th element inside `bytes`. @throws RangeError where there are fewer */
export function nth(bytes: Buffer, n: number): Tlv {
  const found = split(bytes)[n];
  if (found === undefined) throw new RangeError(`no element ${n} among ${split(bytes).length}`);
  return found;
}
