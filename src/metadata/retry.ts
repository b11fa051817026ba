/**
 * How often a request is retried, and when. A metadata service that receives too many requests answers 429 or 503, and
 * recovers a moment later; this must not fail a login. Pure, except for the random numbers passed in.
 */
import type { Reply } from "./http-exchange.ts";

/** Milliseconds before the second attempt, the third, and so on; the last value applies to all further attempts. */
const PAUSES = [50, 150, 400, 1000] as const;
/** Range of the factor applied to each pause, so that calls that were turned away together do not retry together. */
const JITTER = { from: 0.5, to: 1.5 } as const;

/**
 * Maximum attempts: for a usual request; for one whose connection is refused, a state that ends soon or not at all; for a
 * staple, which may not be needed; and further attempts of one call in total, because EC2 allows a host 1,024 packets per
 * second for metadata, DNS and time.
 */
export const ATTEMPTS = { usual: 7, refused: 4, staple: 4, allTogether: 18 } as const;
/** Milliseconds before the deadline in which no attempt is started, so that a failing call can report the reason. */
const RESERVE = 250;

/** Statuses that say nothing about the value: too many requests (429, 503), or an error behind the address that answers. */
const TURNED_AWAY: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

export const isTurnedAway = ({ status }: Pick<Reply, "status">): boolean => TURNED_AWAY.has(status);

/** State of a request after an attempt that did not succeed. */
export interface RetryState {
  /** Attempts that this request has already had. */
  readonly attempts: number;
  readonly maxAttempts: number;
  /** The Retry-After header. */
  readonly retryAfter?: string | undefined;
}

/** Limits the further attempts of one call, for all its requests together. */
export class Retries {
  readonly #left: () => number;
  readonly #random: () => number;
  #spent = 0;

  /**
   * @param left returns the milliseconds until the deadline of the call
   * @param random like Math.random
   */
  constructor(left: () => number, random: () => number) {
    this.#left = left;
    this.#random = random;
  }

  /** @returns milliseconds until the next attempt; undefined if the number of attempts or the time is used up */
  next({ attempts, maxAttempts, retryAfter }: RetryState): number | undefined {
    if (attempts >= maxAttempts || this.#spent >= ATTEMPTS.allTogether) return undefined;
    const usual = PAUSES[attempts - 1] ?? PAUSES[PAUSES.length - 1] ?? 0;
    const pause = usual * (JITTER.from + (JITTER.to - JITTER.from) * this.#random());
    const left = this.#left() - RESERVE;
    const wanted = secondsIn(retryAfter) * 1000 + pause;
    // A Retry-After beyond the deadline is ignored: the metadata service may recover earlier.
    const ms = wanted < left ? wanted : pause;
    if (ms >= left) return undefined;
    this.#spent += 1;
    return ms;
  }
}

/** Returns the seconds of Retry-After. A time of day is ignored, because the two clocks may differ. */
const secondsIn = (retryAfter: string | undefined): number =>
  retryAfter !== undefined && /^[0-9]{1,5}$/.test(retryAfter) ? Number(retryAfter) : 0;
