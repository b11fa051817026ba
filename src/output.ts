/**
 * Writes the answer once: completely, or not at all. sshd accepts the output only if the program then exits with 0, so
 * an answer that could not be written completely must not end with 0.
 */
import { fstatSync, writeSync } from "node:fs";
import type { Deadline } from "./deadline.ts";
import { codeOf } from "./errno.ts";
import { Fault } from "./verify/errors.ts";

const STDOUT = 1;

/**
 * Writes all of `answer` to standard output.
 * @throws Fault OUTPUT_FAILED if not all of it could be written: the disk is full, or the reader reads nothing before
 *   the deadline. A reader that has closed the pipe does not cause a failure: it did not need the answer.
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
    const code = codeOf(error);
    if (code !== "EPIPE" && code !== "ECONNRESET") throw failed(code, error);
  }
}

/** Writes to a file or a terminal. */
function writeAll(bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(STDOUT, bytes, at);
}

/** Writes to a pipe without blocking. A pipe may be full, and the deadline cannot pass during a blocking write. */
function writePipe(answer: Buffer, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { Socket } = process.getBuiltinModule("node:net");
  const stdout = new Socket({ fd: STDOUT, readable: false, writable: true });
  const late = () => reject(failed("it was not read before the deadline"));
  signal.addEventListener("abort", late, { once: true });
  if (signal.aborted) late();
  stdout.on("error", reject);
  stdout.end(answer, (error?: Error | null) => (error ? reject(error) : resolve()));
  return promise;
}

function failed(what: string, cause?: unknown): Fault {
  return new Fault("OUTPUT_FAILED", `the answer could not be written: ${what}`, {}, { cause });
}
