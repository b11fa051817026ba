/**
 * How often a request is tried again, and when. A metadata service that is asked too often says so with 429 or 503, and
 * a moment later it answers again; a login is not lost to that moment. Pure but for the random numbers it is given.
 */
import type { Reply } from "./http-exchange.ts";

/** Milliseconds before the second attempt, the third, and so on; the last one stands for all that follow. */
const PAUSES = [50, 150, 400, 1000] as const;
/** A pause is between so many times its length: calls that were turned away together do not come back together. */
const JITTER = { from: 0.5, to: 1.5 } as const;

/**
 * Attempts: at one request; at one whose connection is refused, which is over soon or not at all; at a staple, which may
 * not be needed; and further attempts of one call together, because EC2 allows a host 1,024 packets a second for
 * metadata, DNS and time.
 */
export const ATTEMPTS = { usual: 7, refused: 4, staple: 4, allTogether: 18 } as const;
/** Milliseconds of the deadline for which no attempt is begun any more: a call that fails is to say why. */
const RESERVE = 250;

/** Replies that say nothing of the value: asked too often (429, 503), or broken behind the address that answers. */
const TURNED_AWAY: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

export const isTurnedAway = ({ status }: Pick<Reply, "status">): boolean => TURNED_AWAY.has(status);

export interface Again {
  /** Attempts that this request has had. */
  readonly made: number;
  /** How many it may have. */
  readonly most: number;
  /** The Retry-After header. */
  readonly retryAfter?: string | undefined;
}

/** What one call may spend on second attempts, at all its requests together. */
export class Retries {
  readonly #left: () => number;
  readonly #random: () => number;
  #spent = 0;

  /**
   * @param left milliseconds until the call's deadline
   * @param random as Math.random
   */
  constructor(left: () => number, random: () => number) {
    this.#left = left;
    this.#random = random;
  }

  /** @returns milliseconds until the next attempt; undefined where there is none, in number or in time */
  next({ made, most, retryAfter }: Again): number | undefined {
    if (made >= most || this.#spent >= ATTEMPTS.allTogether) return undefined;
    const usual = PAUSES[made - 1] ?? PAUSES[PAUSES.length - 1] ?? 0;
    const pause = usual * (JITTER.from + (JITTER.to - JITTER.from) * this.#random());
    const left = this.#left() - RESERVE;
    const wanted = secondsIn(retryAfter) * 1000 + pause;
    // One that lies beyond the deadline is not heard: the service may be better before.
    const ms = wanted < left ? wanted : pause;
    if (ms >= left) return undefined;
    this.#spent += 1;
    return ms;
  }
}

/** Its form as a time of day is not heard: the two clocks may differ. */
const secondsIn = (retryAfter: string | undefined): number =>
  retryAfter !== undefined && /^[0-9]{1,5}$/.test(retryAfter) ? Number(retryAfter) : 0;
