/**
 * Carries out a plan completely or undoes it: shows it to sshd first if possible, then writes and verifies it. Everything is
 * undone if sshd does not report what it should, or if the run is interrupted.
 */

import { type Change, withChanges } from "../inspect/file-changes.ts";
import { apply, NotApplied } from "./apply.ts";
import { addMemberCommand, changeMembership, removeMemberCommand } from "./group.ts";
import type { SshdState, System } from "./inspect.ts";
import type { NotRestored } from "./outcome.ts";
import type { Refusal } from "./refusal.ts";
import { rehearse } from "./rehearse.ts";
import { isKnown, querySshd, type SshdQuery } from "./verify.ts";

export interface Work {
  readonly changes: readonly Change[];
  /** Setting words of sshd's command line afterwards. */
  readonly words: readonly string[];
  readonly addMember: string | undefined;
  readonly removeMember: string | undefined;
  /** Whether sshd is shown the change before it is made. */
  readonly rehearse: boolean;
  /** Returns the refusal if sshd's answer is not the one that is wanted. */
  readonly flaw: (answer: SshdQuery) => Refusal | undefined;
  readonly interrupted: () => boolean;
}

export type CommitResult =
  | {
      readonly kind: "done";
      readonly answer: SshdQuery;
      /** Restores everything as it was. */
      readonly takeBack: () => Promise<NotRestored>;
    }
  /** `left`: paths that could not be restored. */
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly left: NotRestored };

const refused = (refusal: Refusal, left: NotRestored = []): CommitResult => ({
  kind: "refused",
  refusal,
  left,
});

/** @returns sshd's answer to the change before it is made; undefined if that cannot be tried here */
export async function rehearsed(
  { changes, words }: Pick<Work, "changes" | "words">,
  { main, mayMakeFolder, answer: before }: SshdState,
  { disk, programs }: System,
): Promise<SshdQuery | undefined> {
  const rehearsal = await rehearse(changes, main, programs);
  if (rehearsal === undefined) return undefined;
  try {
    const asking = { disk: withChanges(disk, changes), main, words, mayMakeFolder, questions: questionsOf(before) };
    return await querySshd(asking, rehearsal.programs);
  } finally {
    await rehearsal.close();
  }
}

export async function commit(work: Work, look: SshdState, world: System): Promise<CommitResult> {
  const { changes, words, flaw, interrupted } = work;
  const { disk, programs } = world;
  const tried = work.rehearse ? await rehearsed(work, look, world) : undefined;
  const foreseen = tried && flaw(tried);
  if (foreseen !== undefined) return refused(foreseen);

  // Joining comes first: a failure costs nothing yet, and the user is a member before sshd can need it.
  const groupFailure =
    work.addMember === undefined ? undefined : await changeMembership(addMemberCommand(work.addMember), programs);
  if (groupFailure !== undefined) return refused({ why: "group", user: work.addMember ?? "", said: groupFailure });
  const back = async () => {
    if (work.addMember !== undefined) await changeMembership(removeMemberCommand(work.addMember), programs);
  };
  if (interrupted()) {
    await back();
    return refused({ why: "interrupted" });
  }

  let applied: ReturnType<typeof apply>;
  try {
    applied = apply(changes);
  } catch (error) {
    await back();
    if (!(error instanceof NotApplied)) throw error;
    return refused({ why: "not-written", path: error.path, code: error.code }, error.left);
  }
  const takeBack = async (): Promise<NotRestored> => {
    const left = applied.undo();
    await back();
    return left;
  };
  let answer: SshdQuery;
  let found: Refusal | undefined;
  try {
    const { main, mayMakeFolder } = look;
    answer = await querySshd({ disk, main, words, mayMakeFolder, questions: questionsOf(look.answer) }, programs);
    found = interrupted() ? { why: "interrupted" } : flaw(answer);
  } catch (error) {
    await takeBack();
    throw error;
  }
  if (found !== undefined) return refused(found, await takeBack());
  if (work.removeMember !== undefined) await changeMembership(removeMemberCommand(work.removeMember), programs);
  const { removeMember } = work;
  const all = async () => {
    const left = await takeBack();
    if (removeMember !== undefined) await changeMembership(addMemberCommand(removeMember), programs);
    return left;
  };
  return { kind: "done", answer, takeBack: all };
}

/** Returns the queries made before, so that the answers before and after can be compared. */
const questionsOf = (before: SshdQuery) => (isKnown(before) ? before.snapshots : undefined);
