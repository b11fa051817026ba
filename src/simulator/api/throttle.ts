/** Token buckets: each caller may make a number of calls at once, and after that a number of calls per second. */

export interface Rate {
  /** Calls that a full bucket holds. */
  burst: number;
  /** Calls per second by which it is refilled. */
  perSecond: number;
}

/**
 * Named rates. The limits of the real service are not known. "generous" is high enough not to affect normal use; "reported"
 * is nearer to a report of the real service, which throttled 25 calls that one caller made at once.
 */
export const RATES = {
  generous: { burst: 100, perSecond: 20 },
  reported: { burst: 20, perSecond: 5 },
} as const satisfies Record<string, Rate>;

export type RateName = keyof typeof RATES;

export const RATE_NAMES = Object.keys(RATES) as RateName[];

/** A named rate, "generous" by default, and values that replace its own. */
export interface Throttling extends Partial<Rate> {
  preset?: RateName;
}

export const rateOf = ({ preset = "generous", ...rate }: Throttling = {}): Rate => ({ ...RATES[preset], ...rate });

export interface Throttle {
  /** Takes one call out of a caller's bucket; returns false if it is empty. */
  take(caller: string, now: Date): boolean;
  /** Fills all buckets. */
  reset(): void;
}

export function throttle({ burst, perSecond }: Rate): Throttle {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take(caller, now) {
      const at = now.getTime();
      const before = buckets.get(caller) ?? { tokens: burst, at };
      // If the clock was moved back, nothing is added to the bucket or taken away.
      const filled = before.tokens + (Math.max(at - before.at, 0) / 1000) * perSecond;
      const tokens = Math.min(filled, burst);
      const taken = tokens >= 1;
      buckets.set(caller, { tokens: taken ? tokens - 1 : tokens, at });
      return taken;
    },
    reset: () => buckets.clear(),
  };
}
