/**
 * The answer of two commands, joined. A chained command that fails loses its own keys only; ours are still printed.
 */
import { type CommandResult, describeExit, succeeded } from "../exec/result.ts";
import { quoted } from "../verify/verdict.ts";

/**
 * What is printed: our lines first, then theirs. Exit status 0 if either command succeeded.
 * @param ours our own lines; undefined where we could not answer
 */
export function mergeAnswers(ours: string | undefined, theirs: CommandResult): { status: 0 | 1; output: Buffer } {
  return {
    status: ours !== undefined || succeeded(theirs) ? 0 : 1,
    output: Buffer.concat([Buffer.from(ours ?? ""), theirs.output]),
  };
}

/** For a terminal, one line. */
export function describeChained(other: CommandResult): string {
  const what = succeeded(other) ? `${other.output.length} bytes` : "none of its keys";
  return `${quoted(other.program)}: ${what}, after ${other.milliseconds} ms: ${describeExit(other.ending)}`;
}
