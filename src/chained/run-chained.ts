/**
 * Runs another AuthorizedKeysCommand alongside this program: sshd accepts one, some users need two. Both start at once, and
 * a failure, silence or noise of one does not cost the keys of the other. This folder runs the other command as sshd would
 * and reports its result. It is loaded only if a call names another command, and does not handle keys.
 */
import type { Answer } from "../authorize.ts";
import { Deadline } from "../deadline.ts";
import { startCommand } from "../exec/command.ts";
import { describeExit, succeeded } from "../exec/result.ts";
import { writeAnswer } from "../output.ts";
import type { AuditRecorder } from "../recorder.ts";
import type { Reporter } from "../reporter.ts";
import type { Settings } from "../settings/defaults.ts";
import { CHAIN_DEADLINE_MS, DEADLINE_MS } from "../settings/limits.ts";
import type { Request } from "../verify/evidence.ts";
import { describeChained, mergeAnswers } from "./result.ts";

/** Milliseconds for writing the answer, after both deadlines and the records of failures. */
const HANDOVER_MS = 500;

/** This program's part of the call, provided by main.ts. */
export interface OwnCall {
  readonly request: Request;
  load(): Promise<Settings>;
  /** Judges within this program's deadline, which is separate from the chained command's. */
  judge(settings: Promise<Settings>): Promise<Answer>;
  textOf(answer: Answer): string;
  readonly reporter: Reporter;
  readonly recorder: Pick<AuditRecorder, "failure" | "chainedFailure">;
}

/** @returns the exit status: 0 if either answered */
export async function runChained(words: readonly [string, ...string[]], ours: OwnCall): Promise<0 | 1> {
  const deadline = new Deadline(CHAIN_DEADLINE_MS.most);
  const other = startCommand(words, { signal: deadline.signal, isHeard: ours.reporter.isRead, account: "sshd" });
  const settings = ours.load();
  // Unreadable settings stop this program's keys only: they do not name the other command.
  const otherMs = settings.then(
    ({ chainDeadlineMs }) => chainDeadlineMs,
    () => CHAIN_DEADLINE_MS.usual,
  );
  otherMs.then((ms) => deadline.lower(ms));

  const [mine, theirs] = await Promise.all([
    ours.judge(settings).then(
      (answer) => ({ kind: "answered", answer }) as const,
      (failure: unknown) => ({ kind: "failed", failure }) as const,
    ),
    other.ended,
  ]);
  deadline.end();
  if (mine.kind === "failed") await ours.recorder.failure(mine.failure);
  if (!succeeded(theirs)) await ours.recorder.chainedFailure(theirs.program, describeExit(theirs.ending));
  const text = mine.kind === "answered" ? ours.textOf(mine.answer) : undefined;
  const { status, output } = mergeAnswers(text, theirs);
  // Writing the records may have taken time; that must not cost a key.
  const now = process.uptime() * 1000;
  const failed = await handOver(output, Math.max(DEADLINE_MS.most, await otherMs, now) + HANDOVER_MS);

  if (failed !== undefined) await ours.recorder.failure(failed.why);
  const { reporter } = ours;
  await (mine.kind === "answered" ? reporter.answer(ours.request, mine.answer) : reporter.failure(mine.failure));
  await reporter.chained(describeChained(theirs));
  if (failed !== undefined) await reporter.failure(failed.why);
  await other.groupEnded();
  return failed === undefined ? status : 1;
}

/** @returns why the output could not be written; undefined if it was written, or if the reader had closed the pipe */
async function handOver(output: Buffer, ms: number): Promise<{ readonly why: unknown } | undefined> {
  const deadline = new Deadline(ms);
  try {
    await writeAnswer(output, deadline);
    return undefined;
  } catch (why) {
    return { why };
  } finally {
    deadline.end();
  }
}
