/** Token buckets: each caller may make a number of calls at once, and after that a number of calls per second. */

export interface Rate {
  /** Calls that a full bucket holds. */
  burst: number;
  /** Calls per second by which it is refilled. */
  perSecond: number;
}

/** The limits of the real service are not known; these are high enough not to affect normal use. */
export const DEFAULT_RATE: Rate = { burst: 100, perSecond: 20 };

export interface Throttle {
  /** Takes one call out of a caller's bucket; returns false if it is empty. */
  take(caller: string, now: Date): boolean;
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
  };
}
