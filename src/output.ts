/**
 * Handing over the answer: once, complete, or not at all. sshd counts what was printed only if the program then exits
 * with 0, so an answer that could not be written whole must not end so.
 */
import { fstatSync, writeSync } from "node:fs";
import type { Deadline } from "./deadline.ts";
import { Fault } from "./verify/errors.ts";

const STDOUT = 1;

/**
 * Writes all of `answer` to standard output.
 * @throws Fault OUTPUT_FAILED where not all of it could be written: a full disk, or a reader that takes nothing
 *   before the deadline. A reader that has gone away is no failure: it had no use for the answer.
 */
export async function writeAnswer(answer: Buffer, deadline: Deadline): Promise<void> {
  if (answer.length === 0) return;
  if (deadline.hasPassed) throw failed("the deadline has passed");
  try {
    const stdout = fstatSync(STDOUT);
    if (stdout.isFIFO() || stdout.isSocket()) await writePipe(answer, deadline.signal);
    else writeAll(answer);
  } catch (error) {
    if (error instanceof Fault) throw error;
    const { code = String(error) } = error as NodeJS.ErrnoException;
    if (code !== "EPIPE" && code !== "ECONNRESET") throw failed(code, error);
  }
}

/** A file or a terminal. */
function writeAll(bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(STDOUT, bytes, at);
}

/** A pipe may be full: writing must not block the program, or its deadline could not pass. */
function writePipe(answer: Buffer, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { Socket } = process.getBuiltinModule("node:net");
  const stdout = new Socket({ fd: STDOUT, readable: false, writable: true });
  const late = () => reject(failed("nobody read it before the deadline"));
  signal.addEventListener("abort", late, { once: true });
  if (signal.aborted) late();
  stdout.on("error", reject);
  stdout.end(answer, (error?: Error | null) => (error ? reject(error) : resolve()));
  return promise;
}

function failed(what: string, cause?: unknown): Fault {
  return new Fault("OUTPUT_FAILED", `the answer could not be written: ${what}`, {}, { cause });
}
