/**
 * How long a call may take until a test says that its deadline did not hold. The deadline is the program's and is told
 * exactly; what starting processes adds to it is the machine's, and is measured there and then. Speed itself is
 * measured in bench/.
 */
import { slownessMeanwhile } from "../../tools/slowness.ts";

/** Milliseconds on a quiet machine: far more than starting takes, far less than another deadline would. */
const SLACK = 1000;

/**
 * @param deadlineMs the program's
 * @returns milliseconds from the start of its process until its end is seen
 */
export async function within(deadlineMs: number): Promise<number> {
  const slowness = Math.max(Number(process.env.EIC_SLOWNESS ?? "1"), await slownessMeanwhile());
  return deadlineMs + SLACK * slowness;
}
