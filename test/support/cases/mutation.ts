/** A single change to some bytes: a bit flipped, a byte inserted or deleted, a range repeated or reversed. */
import fc from "fast-check";

/** The variable FUZZ_RUNS multiplies the usual number of runs of each property. */
export const FUZZ_RUNS = Number(process.env.FUZZ_RUNS ?? 1);
if (!(FUZZ_RUNS > 0)) throw new Error("FUZZ_RUNS is no positive number");

export const runs = (count: number): { numRuns: number } => ({ numRuns: Math.ceil(count * FUZZ_RUNS) });

/** Milliseconds for one property. */
export const PROPERTY_TIMEOUT = 30_000 * Math.max(1, FUZZ_RUNS);

export type Mutation =
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "set" | "insert"; readonly at: number; readonly byte: number }
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "delete" | "repeat" | "reverse"; readonly at: number; readonly count: number };

/** @param length number of bytes; the change begins at one of them */
export function mutation(length: number): fc.Arbitrary<Mutation> {
  const at = fc.nat({ max: length - 1 });
  const byte = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0x00, 0x0a, 0x0d, 0x20, 0x23, 0x30, 0x7f, 0x80, 0xff));
  return fc.oneof(
    fc.record({ kind: fc.constant("flip" as const), at, bit: fc.nat({ max: 7 }) }),
    fc.record({ kind: fc.constantFrom("set" as const, "insert" as const), at, byte }),
    fc.record({ kind: fc.constant("cut" as const), at }),
    fc.record({
      kind: fc.constantFrom("delete" as const, "repeat" as const, "reverse" as const),
      at,
      count: fc.integer({ min: 1, max: 40 }),
    }),
  );
}

export function mutated(bytes: Buffer, change: Mutation): Buffer {
  const { at } = change;
  const before = bytes.subarray(0, at);
  switch (change.kind) {
    case "flip":
      return Buffer.concat([before, Buffer.of((bytes[at] ?? 0) ^ (1 << change.bit)), bytes.subarray(at + 1)]);
    case "set":
      return Buffer.concat([before, Buffer.of(change.byte), bytes.subarray(at + 1)]);
    case "insert":
      return Buffer.concat([before, Buffer.of(change.byte), bytes.subarray(at)]);
    case "cut":
      return Buffer.from(before);
  }
  const stretch = bytes.subarray(at, at + change.count);
  const after = bytes.subarray(at + change.count);
  if (change.kind === "delete") return Buffer.concat([before, after]);
  if (change.kind === "repeat") return Buffer.concat([before, stretch, stretch, after]);
  return Buffer.concat([before, Buffer.from(stretch.toReversed()), after]);
}
