/** `eic-agent sshd enable`: from the look to the sshd that runs, or to the reason why nothing was changed. */
import { lookBehind } from "../behind.ts";
import { walkConfig } from "../config-walk.ts";
import { deaf } from "../deaf.ts";
import { asCommand, lastChange, NEVER, stepsFor } from "../effect.ts";
import { hearSshds } from "../every-sshd.ts";
import { toRepeat } from "./comparison.ts";
import { type Decision, decide, withWays } from "./decide.ts";
import { joinWords, leaveWords } from "./group.ts";
import { type Look, lookAround, type World } from "./look.ts";
import { type Manner, type Outcome, refused } from "./outcome.ts";
import { othersPending } from "./pending.ts";
import type { Wishes } from "./plan.ts";
import { nothingToTakeBack, takeEffect } from "./reload.ts";
import { carryOut, rehearsed, type Work } from "./transaction.ts";
import { isShown } from "./verify.ts";

export async function enable(wishes: Wishes, manner: Manner, world: World): Promise<Outcome> {
  const { disk, programs } = world;
  const look = await lookAround(world);
  const { answer, main, running } = look;
  const plan = await decide(wishes, look, world);
  if (plan.kind === "refused") {
    return refused(await withWays(plan.refusal, wishes, look, world));
  }
  if (!isShown(answer)) return refused({ why: "not-asked", unknown: answer });

  if (plan.kind === "nothing") {
    const needed = neededBy(look, [], look.words);
    const changedAt = lastChange(walkConfig(main, disk));
    if (manner.dryRun) {
      const steps = manner.reload ? stepsFor({ ...needed, changedAt }) : undefined;
      return { kind: "would", changes: [], commands: steps === undefined ? [] : [asCommand(steps)], tried: true };
    }
    const told = { others: othersPending(running, walkConfig(main, disk)), takeBack: nothingToTakeBack };
    const effect = await takeEffect({ ...needed, changedAt }, manner.reload, look, programs, told);
    if (effect.kind === "lost") return refused(effect.refusal, effect.left);
    return { kind: "enabled", changes: [], ours: plan.ours, answer, effect, ...(await around(world)) };
  }
  const go = (one: Changing) =>
    manner.dryRun ? shownOnly(one, one.flaw, manner, look, world) : made(one, one.flaw, manner, look, world);
  const outcome = await go(plan);
  // What sshd would not read behind our lines is repeated before them.
  const lost = outcome.kind === "refused" && outcome.refusal.why === "unmeant" ? outcome.refusal.difference : undefined;
  const repeats = lost && toRepeat(answer, lost);
  const again = repeats && (await decide(wishes, look, world, repeats));
  return again?.kind === "change" ? go(again) : outcome;
}

type Changing = Decision & { kind: "change" };
type Flaw = Work["flaw"];

export const neededBy = ({ running, unit }: Look, paths: readonly string[], words: readonly string[]) => ({
  running,
  words,
  units: paths.some((path) => path.includes("/systemd/")),
  unit: unit?.unit,
  changed: paths.length > 0,
});

async function shownOnly(plan: Changing, flaw: Flaw, manner: Manner, look: Look, world: World): Promise<Outcome> {
  const { changes, words, joins, leaves } = plan;
  const tried = await rehearsed(plan, look, world);
  const foreseen = tried && flaw(tried);
  if (foreseen !== undefined) return refused(foreseen);
  const paths = changes.map(({ path }) => path);
  const steps = manner.reload ? stepsFor({ ...neededBy(look, paths, words), changedAt: NEVER }) : undefined;
  const commands = [
    ...(joins === undefined ? [] : [joinWords(joins).join(" ")]),
    ...(leaves === undefined ? [] : [leaveWords(leaves).join(" ")]),
    ...(steps === undefined ? [] : [asCommand(steps)]),
  ];
  return { kind: "would", changes, commands, tried: tried !== undefined };
}

async function made(plan: Changing, flaw: Flaw, manner: Manner, look: Look, world: World): Promise<Outcome> {
  const { interrupted } = manner;
  const { changes, words, ours } = plan;
  const others = othersPending(look.running, walkConfig(look.main, world.disk));
  const done = await carryOut({ ...plan, rehearse: true, flaw, interrupted }, look, world);
  if (done.kind === "refused") return refused(done.refusal, done.left);
  const { answer } = done;
  if (!isShown(answer)) return refused({ why: "not-asked", unknown: answer });
  const paths = changes.map(({ path }) => path);
  const changedAt = lastChange(walkConfig(look.main, world.disk));
  const needed = { ...neededBy(look, paths, words), changedAt };
  const effect = await takeEffect(needed, manner.reload, look, world.programs, { others, takeBack: done.takeBack });
  if (effect.kind === "lost") return refused(effect.refusal, effect.left);
  return { kind: "enabled", changes, ours, answer, effect, ...(await around(world)) };
}

/** What stands behind our command, and who does not come to ask it. */
const around = async ({ disk, programs }: World) => ({
  behind: await lookBehind(programs),
  deaf: deaf(await hearSshds(disk, programs)),
});
