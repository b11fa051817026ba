/** The time for which a proof holds. Every proof carries its own and is held against each moment it is used at. */

export interface Validity {
  readonly from: Date;
  readonly until: Date;
}

/** Both ends belong to it (RFC 5280 §4.1.2.5). */
export const isWithin = (now: Date, { from, until }: Validity): boolean => from <= now && now <= until;

/** The time in which all of `periods` hold. */
export function intersect([first, ...others]: readonly [Validity, ...Validity[]]): Validity {
  return others.reduce(
    (all, { from, until }) => ({
      from: from > all.from ? from : all.from,
      until: until < all.until ? until : all.until,
    }),
    first,
  );
}
