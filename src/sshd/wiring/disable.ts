/**
 * `eic-agent sshd disable`: takes away what is ours, and nothing else. It goes ahead where sshd cannot be asked or does not
 * accept its configuration: without our lines it is no worse, and the program that they name may be gone in a moment.
 */
import { walkConfig } from "../config-walk.ts";
import { after } from "../disk.ts";
import { asCommand, lastChange, NEVER, stepsFor } from "../effect.ts";
import { settingWords, sshdUnit } from "../unit.ts";
import { unmeantByDisable } from "./comparison.ts";
import { neededBy } from "./enable.ts";
import { leaveWords } from "./group.ts";
import { lookAround, type World } from "./look.ts";
import { type Manner, type Outcome, refused } from "./outcome.ts";
import { othersPending } from "./pending.ts";
import type { Refusal } from "./refusal.ts";
import { nothingToTakeBack, takeEffect } from "./reload.ts";
import { type Removal, removal } from "./removal.ts";
import { carryOut, rehearsed } from "./transaction.ts";
import { type Answer, isShown } from "./verify.ts";

export async function disable(manner: Manner, world: World): Promise<Outcome> {
  const { disk, programs } = world;
  const look = await lookAround(world);
  const taken: Removal = removal(disk, look.main);
  const { changes, member: leaves, edited, stuck } = taken;
  const words = look.ownWords ?? settingWords(sshdUnit(after(disk, changes), look.unitNames)?.words ?? []);
  const paths = changes.map(({ path }) => path);
  const needed = neededBy(look, paths, words);
  // What sshd accepted with our lines it has to accept without them; what it did not accept before is not our doing.
  const flaw = (answer: Answer): Refusal | undefined => {
    if (!isShown(answer)) return isShown(look.answer) ? { why: "not-accepted", unknown: answer } : undefined;
    const difference = unmeantByDisable(look.answer, answer);
    return difference && { why: "unmeant", difference, by: "disable" };
  };
  const others = othersPending(look.running, walkConfig(look.main, disk));

  if (manner.dryRun) {
    const tried = changes.length === 0 ? look.answer : await rehearsed({ changes, words }, look, world);
    const foreseen = tried && flaw(tried);
    if (foreseen !== undefined) return refused(foreseen);
    const steps = manner.reload && changes.length > 0 ? stepsFor({ ...needed, changedAt: NEVER }) : undefined;
    const commands = [
      ...(leaves === undefined ? [] : [leaveWords(leaves).join(" ")]),
      ...(steps === undefined ? [] : [asCommand(steps)]),
    ];
    return { kind: "would", changes, commands, tried: tried !== undefined };
  }

  const { interrupted } = manner;
  const done =
    changes.length === 0
      ? ({ kind: "done", answer: look.answer, takeBack: nothingToTakeBack } as const)
      : await carryOut({ changes, words, joins: undefined, leaves, rehearse: false, flaw, interrupted }, look, world);
  if (done.kind === "refused") return refused(done.refusal, done.left);
  const { answer } = done;
  const outcome = { kind: "disabled", changes, edited, stuck } as const;
  if (!isShown(answer)) return { ...outcome, now: undefined, effect: undefined, unknown: answer };
  if (changes.length === 0) return { ...outcome, now: answer.everybody, effect: undefined, unknown: undefined };
  const changedAt = lastChange(walkConfig(look.main, disk));
  const told = { others, takeBack: done.takeBack };
  const effect = await takeEffect({ ...needed, changedAt }, manner.reload, look, programs, told);
  if (effect.kind === "lost") return refused(effect.refusal, effect.left);
  return { ...outcome, now: answer.everybody, effect, unknown: undefined };
}
