/**
 * How much slower this machine is at the moment than a quiet one. Tests hold their own time limits against that, never
 * against a number of seconds: what is asserted of the program does not depend on who else is at work here.
 */
import { spawn, spawnSync } from "node:child_process";

/** Milliseconds in which Node starts and ends on two quiet cores of the kind that CI has. */
const QUIET_MS = 50;
/** Beyond it a machine does not get on at all, and what hangs has to end some day. */
const MOST = 10;
const STARTS = 3;
/** From here on the machine is busy, or slow. */
const BUSY = 1.8;
const WORDS = ["-e", "0"] as const;

const factor = (ms: number): number => Math.min(MOST, Math.max(1, ms / QUIET_MS));

/** The median of some starts of Node; at least 1. */
export function slownessNow(): number {
  const times = Array.from({ length: STARTS }, () => {
    const begun = performance.now();
    spawnSync(process.execPath, WORDS, { stdio: "ignore" });
    return performance.now() - begun;
  });
  return factor(times.toSorted((a, b) => a - b)[Math.floor(STARTS / 2)] ?? QUIET_MS);
}

/**
 * A time limit against hanging only, far more than what it is of takes: load may also come later.
 *
 * @param seconds on a quiet machine
 * @returns milliseconds on this one, as it was when the run began
 */
export const limit = (seconds: number): number => Math.ceil(seconds * 1000 * Number(process.env.EIC_SLOWNESS ?? "1"));

/**
 * How many logins come at once: sshd, ssh and Node need the processor for each of them, and the program's deadline is in
 * seconds of a clock. On a machine that is three times as slow a third of the crowd is the same task.
 *
 * @param count on a quiet machine
 * @param least of which the test still says something
 */
export function crowdOf(count: number, least: number): number {
  const slowness = Number(process.env.EIC_SLOWNESS ?? "1");
  return slowness < BUSY ? count : Math.max(least, Math.ceil(count / slowness));
}

/**
 * Whether this is CI's run, which has an hour on two slow cores: of two systems a story of the install tests takes one, of
 * what is tested with the bundle the executable takes what hangs on its form, and some minutes are left to a release.
 */
export const isBrief = process.env.EIC_BRIEF === "1";

/** One start of Node, beside whatever this process has to do. */
export function slownessMeanwhile(): Promise<number> {
  const begun = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  spawn(process.execPath, WORDS, { stdio: "ignore" })
    .once("error", reject)
    .once("close", () => resolve(factor(performance.now() - begun)));
  return promise;
}

/** Tests of one file at a time, of those that may run side by side: each starts a program or two. */
export function togetherFor(slowness: number): number {
  if (slowness < BUSY) return 5;
  return slowness < 6 ? 2 : 1;
}

/** Test files at a time: a busy machine gets fewer, so that each still gets on, and the program within its deadline. */
export function workersFor(slowness: number): number {
  // One more than cores where they are quiet: a fifth of the time, a test waits for a deadline or for a key's end.
  if (slowness < BUSY) return 3;
  return slowness < 6 ? 2 : 1;
}
