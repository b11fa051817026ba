/**
 * Maximum time of a call before a test reports that its deadline did not hold. The program's deadline is known exactly;
 * the extra time to start processes depends on the machine and is measured during the test. Speed itself is measured in
 * bench/.
 */
import { slowness, slownessMeanwhile } from "../../tools/slowness.ts";

/** Milliseconds on a quiet machine: far more than a start takes, far less than a wrong deadline would add. */
const SLACK = 1000;

/**
 * @param deadlineMs the program's deadline
 * @returns maximum milliseconds from the start of its process until its end is seen
 */
export async function within(deadlineMs: number): Promise<number> {
  const factor = Math.max(slowness(), await slownessMeanwhile());
  return deadlineMs + SLACK * factor;
}
