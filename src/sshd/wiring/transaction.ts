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
import { type Answer, shown } from "./verify.ts";

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
  | { readonly kind: "done"; readonly answer: Answer }
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
  { main, mayMakeFolder }: Look,
  { disk, programs }: World,
): Promise<Answer | undefined> {
  const rehearsal = await rehearse(changes, main, programs);
  if (rehearsal === undefined) return undefined;
  try {
    return await shown({ disk: after(disk, changes), main, words, mayMakeFolder }, rehearsal.programs);
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
  const { main, mayMakeFolder } = look;
  const answer = await shown({ disk, main, words, mayMakeFolder }, programs);
  const found = interrupted() ? ({ why: "interrupted" } as const) : flaw(answer);
  if (found !== undefined) {
    const left = applied.undo();
    await back();
    return refused(found, left);
  }
  if (work.leaves !== undefined) await change(leaveWords(work.leaves), programs);
  return { kind: "done", answer };
}
