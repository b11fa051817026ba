/**
 * The warm service: one process that answers many calls, each as the one-shot program would, by the same `authorize`.
 * In this room: the socket and its bounds, what is remembered between calls, and how it is paced. Nothing here judges,
 * and nothing that is remembered may say "no".
 *
 * This file: the two clocks. Ages are told by the one that nobody sets; proofs and keys are held against the other.
 */
import { elapsed } from "../deadline.ts";

export interface Clock {
  /** Milliseconds from some beginning; never set, never back. */
  monotonic(): number;
  /** The time of day, which somebody may set. */
  now(): Date;
  /** Calls once, so many milliseconds later. @returns what calls it off */
  after(ms: number, work: () => void): () => void;
}

export const systemClock: Clock = {
  monotonic: elapsed,
  now: () => new Date(),
  after: (ms, work) => {
    const timer = setTimeout(work, Math.ceil(ms));
    return () => clearTimeout(timer);
  },
};
