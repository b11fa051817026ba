/**
 * The warm service: one process that answers many calls, each as the one-shot program would, by the same `authorize`.
 * This folder: the socket and its limits, the data that is cached between calls, and the admission of calls. Nothing here
 * judges, and cached data must never lead to a "no".
 *
 * This file: the two clocks. Ages are measured by the monotonic clock; proofs and keys are checked against the time of day.
 */
import { elapsed } from "../deadline.ts";

export interface Clock {
  /** Milliseconds since an arbitrary start; never set, and never runs backwards. */
  monotonic(): number;
  /** The time of day, which can be set. */
  now(): Date;
  /** Calls `work` once, after so many milliseconds. @returns a function that cancels it */
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
