/** The validity period of a proof. Every proof has its own period, which is checked at each use of the proof. */

export interface Validity {
  readonly from: Date;
  readonly until: Date;
}

/** Checks whether `now` is in the period, both ends included (RFC 5280 §4.1.2.5). */
export const isWithin = (now: Date, { from, until }: Validity): boolean => from <= now && now <= until;

/** Returns the period in which all of `periods` are valid. */
export function intersect([first, ...others]: readonly [Validity, ...Validity[]]): Validity {
  return others.reduce(
    (all, { from, until }) => ({
      from: from > all.from ? from : all.from,
      until: until < all.until ? until : all.until,
    }),
    first,
  );
}
