/**
 * `eic-agent sshd disable`: removes what this program wrote, and nothing else. It goes ahead if sshd cannot be asked or does
 * not accept its configuration: removing our lines makes nothing worse, and the program that they name may be removed soon.
 */
import { type Setting, walkConfig } from "../inspect/config-walk.ts";
import { MAIN } from "../inspect/every-sshd.ts";
import { type FileSystem, withChanges } from "../inspect/file-changes.ts";
import { lookForListeners } from "../inspect/listeners.ts";
import { ownLines } from "../inspect/own-lines.ts";
import { asCommand, FUTURE, lastChange, planReload } from "../inspect/reload-plan.ts";
import { currentWords } from "../inspect/unit.ts";
import { unmeantByDisable } from "./comparison.ts";
import { reloadInput } from "./enable.ts";
import { removeMemberCommand } from "./group.ts";
import { inspect, type System } from "./inspect.ts";
import { type Outcome, type RunOptions, refused } from "./outcome.ts";
import { othersPending } from "./pending.ts";
import type { Refusal } from "./refusal.ts";
import { nothingToTakeBack, reloadSshd } from "./reload.ts";
import { type Removal, removal } from "./removal.ts";
import { commit, rehearsed } from "./transaction.ts";
import { isKnown, type SshdQuery } from "./verify.ts";

export async function disable(manner: RunOptions, world: System): Promise<Outcome> {
  const { disk, programs } = world;
  const look = await inspect(world);
  const taken: Removal = removal(disk, look.main);
  const { changes, member: removeMember, edited, leftovers } = taken;
  const words = currentWords({ ...look, disk: withChanges(disk, changes) });
  const paths = changes.map(({ path }) => path);
  const needed = reloadInput(look, paths, words);
  // If sshd accepted its files with our lines, it must accept them without. An error from before is not our doing.
  const flaw = (answer: SshdQuery): Refusal | undefined => {
    if (!isKnown(answer)) return isKnown(look.answer) ? { why: "not-accepted", unknown: answer } : undefined;
    const difference = unmeantByDisable(look.answer, answer, taken.permits);
    return difference && { why: "side-effect", difference, by: "disable" };
  };
  const others = othersPending(look.running, walkConfig(look.main, disk));

  if (manner.dryRun) {
    const tried = changes.length === 0 ? look.answer : await rehearsed({ changes, words }, look, world);
    const foreseen = tried && flaw(tried);
    if (foreseen !== undefined) return refused(foreseen);
    const steps = manner.reload && changes.length > 0 ? planReload({ ...needed, changedAt: FUTURE }) : undefined;
    const commands = [
      ...(removeMember === undefined ? [] : [removeMemberCommand(removeMember).join(" ")]),
      ...(steps === undefined ? [] : [asCommand(steps)]),
    ];
    const named = namedStill(withChanges(disk, changes), look.main);
    return { kind: "would", changes, commands, tried: tried !== undefined, named };
  }

  const { interrupted } = manner;
  const done =
    changes.length === 0
      ? ({ kind: "done", answer: look.answer, takeBack: nothingToTakeBack } as const)
      : await commit(
          { changes, words, addMember: undefined, removeMember, rehearse: false, flaw, interrupted },
          look,
          world,
        );
  if (done.kind === "refused") return refused(done.refusal, done.left);
  const { answer } = done;
  const outcome = { kind: "disabled", changes, edited, leftovers, named: namedStill(disk, look.main) } as const;
  if (!isKnown(answer)) return { ...outcome, now: undefined, effect: undefined, unknown: answer };
  if (changes.length === 0) return { ...outcome, now: answer.allUsers, effect: undefined, unknown: undefined };
  const changedAt = lastChange(walkConfig(look.main, disk));
  const told = { others, takeBack: done.takeBack };
  const effect = await reloadSshd({ ...needed, changedAt }, manner.reload, look, programs, told);
  if (effect.kind === "lost") return refused(effect.refusal, effect.left);
  return { ...outcome, now: answer.allUsers, effect, unknown: undefined };
}

/**
 * Returns lines that name our command but that this program did not write, for all users or in a Match block: in the files
 * of this sshd and of every other one that listens. They stay, and name a program that may be removed soon.
 */
function namedStill(disk: FileSystem, main: string): Setting[] {
  const others = lookForListeners().found.flatMap(({ words, hasOtherRoot }) =>
    hasOtherRoot === true ? [] : (words.findLast((_, index) => words[index - 1] === "-f") ?? MAIN),
  );
  const mains = [...new Set([main, ...others.filter((path) => path.startsWith("/"))])];
  const lines = mains.flatMap((path) => ownLines(walkConfig(path, disk)));
  return [...new Map(lines.map((line) => [`${line.file}:${line.line}`, line])).values()];
}
