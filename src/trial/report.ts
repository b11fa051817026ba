/**
 * The report of a trial: how the command in force answered a call. The program that sshd runs during a trial makes it
 * (src/relay/trial.c), and the relay passes it on. Pure.
 */

/** Maximum bytes: how the command ended, and 32 KiB of its output. */
export const MAX_REPORT = 1 + 32 * 1024;

/** The first byte of a report: `failed`, sshd discards the output; `too-long`, the output is not part of the report. */
const ENDINGS = ["succeeded", "failed", "too-long"] as const;

export interface Report {
  readonly ending: (typeof ENDINGS)[number];
  /** Output of the command, Latin-1. */
  readonly output: string;
}

/** @returns undefined if these bytes are not a report */
export function parseReport(bytes: Uint8Array): Report | undefined {
  const ending = ENDINGS[bytes[0] ?? ENDINGS.length];
  if (ending === undefined || bytes.length > MAX_REPORT) return undefined;
  return { ending, output: Buffer.from(bytes.subarray(1)).toString("latin1") };
}
