/**
 * Joins the answers of two commands. A chained command that fails loses only its own keys, not those of this program.
 */
import { type CommandResult, describeExit, succeeded } from "../exec/result.ts";
import { quoted } from "../verify/verdict.ts";

/**
 * Returns the output: this program's lines first, then the chained command's. Exit status 0 if either command succeeded.
 * @param ours this program's lines; undefined if it could not answer
 */
export function mergeAnswers(ours: string | undefined, theirs: CommandResult): { status: 0 | 1; output: Buffer } {
  return {
    status: ours !== undefined || succeeded(theirs) ? 0 : 1,
    output: Buffer.concat([Buffer.from(ours ?? ""), theirs.output]),
  };
}

/** Describes the chained command's result in one line, for a terminal. */
export function describeChained(other: CommandResult): string {
  const what = succeeded(other) ? `${other.output.length} bytes` : "none of its keys";
  return `${quoted(other.program)}: ${what}, after ${other.milliseconds} ms: ${describeExit(other.ending)}`;
}
