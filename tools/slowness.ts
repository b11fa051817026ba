/**
 * Measures how much slower this machine is at the moment than a quiet machine. Tests scale their time limits by this factor
 * and never use fixed seconds, so that assertions about the program do not depend on other load on this machine.
 */
import { spawn, spawnSync } from "node:child_process";

/** Milliseconds in which Node starts and ends on two idle cores of the kind that CI has. */
const QUIET_MS = 50;
/** Starts of Node at once that keep both cores busy, and the milliseconds that they take on the same machine. */
const TOGETHER = 8;
const QUIET_TOGETHER_MS = 300;
/** Maximum factor. A slower machine makes no progress at all, and a test that hangs must end eventually. */
const MOST = 10;
const STARTS = 3;
/** Factor from which a machine counts as busy or slow. */
const BUSY = 1.8;
const WORDS = ["-e", "0"] as const;

const factorOf = (ms: number, quiet = QUIET_MS): number => Math.min(MOST, Math.max(1, ms / quiet));

/** Returns the factor as it was when the run began, which vitest.config.ts passes on; 1 outside of such a run. */
export const slowness = (): number => Number(process.env.EIC_SLOWNESS ?? "1");

/** Returns the factor by the median of several starts of Node; at least 1. */
export function slownessNow(): number {
  const times = Array.from({ length: STARTS }, () => {
    const begun = performance.now();
    spawnSync(process.execPath, WORDS, { stdio: "ignore" });
    return performance.now() - begun;
  });
  return factorOf(times.toSorted((a, b) => a - b)[Math.floor(STARTS / 2)] ?? QUIET_MS);
}

/**
 * Returns a time limit against hanging only. It must be far longer than the normal duration, because load may come later.
 *
 * @param seconds on a quiet machine
 * @returns milliseconds on this machine, by its slowness when the run began
 */
export const limit = (seconds: number): number => Math.ceil(seconds * 1000 * slowness());

/**
 * Returns the factor for work that needs all cores. A host that takes processor time away (a throttled group, a virtual
 * machine on a busy host) still starts a single Node fast, and half of a crowd never gets its turn.
 */
function slownessOfAllCores(): number {
  const words = ["-c", `for i in $(seq ${TOGETHER}); do "$0" -e 0 & done; wait`, process.execPath];
  const begun = performance.now();
  spawnSync("sh", words, { stdio: "ignore" });
  return factorOf(performance.now() - begun, QUIET_TOGETHER_MS);
}

/**
 * Returns the number of logins at once, by the speed of all cores at this moment: load may have come since the run began.
 * sshd, ssh and Node need the processor for each login, and sshd and the program give up after some real time. On a machine
 * that is three times as slow, a third of the crowd is the same load.
 *
 * @param count on a quiet machine
 * @param least minimum with which the test is still meaningful
 */
export function crowdOf(count: number, least: number): number {
  const factor = Math.max(slowness(), slownessOfAllCores());
  return factor < BUSY ? count : Math.max(least, Math.ceil(count / factor));
}

/**
 * Whether this is CI's run, which has an hour on two slow cores. A story of the install tests then uses one of two systems,
 * the executable runs only those of the bundle's tests that depend on its form, and some long tests are left to a release.
 */
export const isBrief = process.env.EIC_BRIEF === "1";

/** Returns the rows of a long table that are run now: in a brief run every second one, with the first. */
export const rowsForNow = <T>(rows: readonly T[]): readonly T[] =>
  isBrief ? rows.filter((_, at) => at % 2 === 0) : rows;

/** Returns the factor by one start of Node, while this process does other work. */
export function slownessMeanwhile(): Promise<number> {
  const begun = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  spawn(process.execPath, WORDS, { stdio: "ignore" })
    .once("error", reject)
    .once("close", () => resolve(factorOf(performance.now() - begun)));
  return promise;
}

/** Returns how many concurrent tests of one file run at a time; each starts one or two programs. */
export function togetherFor(factor: number): number {
  if (factor < BUSY) return 5;
  return factor < 6 ? 2 : 1;
}

/** Returns the same for the relay's tests, which mostly wait. */
export const relaysTogetherFor = (factor: number): number => (factor < BUSY ? 30 : 5);

/** Returns the test files at a time: fewer on a busy machine, so that each progresses and the program meets its deadline. */
export function workersFor(factor: number): number {
  // One more than the cores if they are idle: a fifth of the time, a test waits for a deadline or the expiry of a key.
  if (factor < BUSY) return 3;
  return factor < 6 ? 2 : 1;
}
