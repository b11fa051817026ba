/** Token buckets: each caller may make so many calls at once, and so many a second after that. */

export interface Rate {
  /** Calls that a full bucket holds. */
  burst: number;
  /** Calls a second that it is filled up by. */
  perSecond: number;
}

/** How many the real service allows is not known; these are in nobody's way who does not look for them. */
export const DEFAULT_RATE: Rate = { burst: 100, perSecond: 20 };

export interface Throttle {
  /** Takes one call out of a caller's bucket; false when it is empty. */
  take(caller: string, now: Date): boolean;
}

export function throttle({ burst, perSecond }: Rate): Throttle {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take(caller, now) {
      const at = now.getTime();
      const before = buckets.get(caller) ?? { tokens: burst, at };
      // A clock that was moved back fills nothing, and takes nothing away.
      const filled = before.tokens + (Math.max(at - before.at, 0) / 1000) * perSecond;
      const tokens = Math.min(filled, burst);
      const taken = tokens >= 1;
      buckets.set(caller, { tokens: taken ? tokens - 1 : tokens, at });
      return taken;
    },
  };
}
