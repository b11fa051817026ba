/**
 * From a plan to its end or back to the beginning: shown to sshd first where that can be done, then written, verified, and
 * taken back whole where sshd does not show what it should, or where somebody interrupts.
 */

import { after, type Change } from "../disk.ts";
import { apply, NotApplied } from "./apply.ts";
import { change, joinWords, leaveWords } from "./group.ts";
import type { Look, World } from "./look.ts";
import type { Left } from "./outcome.ts";
import type { Refusal } from "./refusal.ts";
import { rehearse } from "./rehearse.ts";
import { type Answer, isShown, shown } from "./verify.ts";

export interface Work {
  readonly changes: readonly Change[];
  /** Setting words of sshd's command line afterwards. */
  readonly words: readonly string[];
  readonly joins: string | undefined;
  readonly leaves: string | undefined;
  /** Whether sshd is shown the change before it is made. */
  readonly rehearse: boolean;
  /** What keeps sshd's answer from being the one that is wanted. */
  readonly flaw: (answer: Answer) => Refusal | undefined;
  readonly interrupted: () => boolean;
}

export type Done =
  | {
      readonly kind: "done";
      readonly answer: Answer;
      /** Puts everything back as it was. */
      readonly takeBack: () => Promise<Left>;
    }
  /** `left`: what could not be put back. */
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly left: Left };

const refused = (refusal: Refusal, left: Left = []): Done => ({
  kind: "refused",
  refusal,
  left,
});

/** @returns what sshd says to the change without its being made; undefined where that cannot be tried here */
export async function rehearsed(
  { changes, words }: Pick<Work, "changes" | "words">,
  { main, mayMakeFolder, answer: before }: Look,
  { disk, programs }: World,
): Promise<Answer | undefined> {
  const rehearsal = await rehearse(changes, main, programs);
  if (rehearsal === undefined) return undefined;
  try {
    const asking = { disk: after(disk, changes), main, words, mayMakeFolder, questions: questionsOf(before) };
    return await shown(asking, rehearsal.programs);
  } finally {
    await rehearsal.close();
  }
}

export async function carryOut(work: Work, look: Look, world: World): Promise<Done> {
  const { changes, words, flaw, interrupted } = work;
  const { disk, programs } = world;
  const tried = work.rehearse ? await rehearsed(work, look, world) : undefined;
  const foreseen = tried && flaw(tried);
  if (foreseen !== undefined) return refused(foreseen);

  // Who may not join costs nothing yet; the member is there before sshd can need it.
  const joins = work.joins === undefined ? undefined : await change(joinWords(work.joins), programs);
  if (joins !== undefined) return refused({ why: "group", user: work.joins ?? "", said: joins });
  const back = async () => {
    if (work.joins !== undefined) await change(leaveWords(work.joins), programs);
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
  const takeBack = async (): Promise<Left> => {
    const left = applied.undo();
    await back();
    return left;
  };
  let answer: Answer;
  let found: Refusal | undefined;
  try {
    const { main, mayMakeFolder } = look;
    answer = await shown({ disk, main, words, mayMakeFolder, questions: questionsOf(look.answer) }, programs);
    found = interrupted() ? { why: "interrupted" } : flaw(answer);
  } catch (error) {
    await takeBack();
    throw error;
  }
  if (found !== undefined) return refused(found, await takeBack());
  if (work.leaves !== undefined) await change(leaveWords(work.leaves), programs);
  const { leaves } = work;
  const all = async () => {
    const left = await takeBack();
    if (leaves !== undefined) await change(joinWords(leaves), programs);
    return left;
  };
  return { kind: "done", answer, takeBack: all };
}

/** The same questions before and after: so the answers can be held against each other. */
const questionsOf = (before: Answer) => (isShown(before) ? before.snapshots : undefined);
