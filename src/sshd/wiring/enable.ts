/** `eic-agent sshd enable`: from the look to the sshd that runs, or to the reason why nothing was changed. */
import { lookUpGroup } from "../accounts.ts";
import { lookBehind } from "../behind.ts";
import { walkConfig } from "../config-walk.ts";
import { asCommand, lastChange, NEVER, stepsFor } from "../effect.ts";
import type { Unknown } from "../effective.ts";
import { toRepeat, unmeantByEnable } from "./comparison.ts";
import { unfit } from "./fit.ts";
import { joinWords, leaveWords } from "./group.ts";
import { type Look, lookAround, type World } from "./look.ts";
import { type Manner, type Outcome, refused } from "./outcome.ts";
import { othersPending } from "./pending.ts";
import { DROP_IN, OUR_GROUP } from "./pieces.ts";
import { type Plan, planEnable, type Wishes } from "./plan.ts";
import type { Refusal } from "./refusal.ts";
import { nothingToTakeBack, takeEffect } from "./reload.ts";
import { carryOut, rehearsed, type Work } from "./transaction.ts";
import { type Answer, isShown, shortOf } from "./verify.ts";

export async function enable(wishes: Wishes, manner: Manner, world: World): Promise<Outcome> {
  const { disk, programs } = world;
  const look = await lookAround(world);
  const { answer, main, ownWords, unitNames, runningWords, running } = look;
  if (!isShown(answer)) return refused(inOurPlace(answer, world) ?? { why: "not-asked", unknown: answer });
  const { command, commandUser: user } = answer.everybody;
  const members = (await lookUpGroup(OUR_GROUP, programs))?.members ?? [];
  const situation = { disk, main, ownWords, unitNames, runningWords, inForce: { command, user }, members };
  const plan = planEnable(wishes, situation);
  if (plan.kind === "refused") return refused(plan.refusal);
  if (plan.kind === "nothing") {
    const flaw = (given: Answer) => shortOf(given, plan.ours);
    const short = flaw(answer);
    if (short !== undefined) return refused(short);
    const needed = neededBy(look, [], look.words);
    const changedAt = lastChange(walkConfig(main, disk));
    if (manner.dryRun) {
      const steps = manner.reload ? stepsFor({ ...needed, changedAt }) : undefined;
      return { kind: "would", changes: [], commands: steps === undefined ? [] : [asCommand(steps)], tried: true };
    }
    const told = { others: othersPending(running, walkConfig(main, disk)), takeBack: nothingToTakeBack };
    const effect = await takeEffect({ ...needed, changedAt }, manner.reload, look, programs, told);
    if (effect.kind === "lost") return refused(effect.refusal, effect.left);
    return { kind: "enabled", changes: [], ours: plan.ours, answer, effect, behind: await lookBehind(programs) };
  }
  const lacking = await unfit(plan.ours, programs);
  if (lacking !== undefined) return refused(lacking);
  const go = (one: Changing) =>
    manner.dryRun
      ? shownOnly(one, flawOf(one, answer), manner, look, world)
      : made(one, flawOf(one, answer), manner, look, world);
  const outcome = await go(plan);
  // What sshd would not read behind our lines is repeated before them.
  const lost = outcome.kind === "refused" && outcome.refusal.why === "unmeant" ? outcome.refusal.difference : undefined;
  const repeats = lost && toRepeat(answer, lost);
  const again = repeats && planEnable(wishes, { ...situation, repeats });
  return again?.kind === "change" ? go(again) : outcome;
}

/** Our two lines are in force for whom they must be, and nothing else is another than before. */
const flawOf =
  ({ ours }: Changing, before: Answer): Flaw =>
  (given) => {
    const difference = unmeantByEnable(before, given, ours);
    return shortOf(given, ours) ?? (difference && { why: "unmeant", difference, by: "enable" });
  };

/** What lies where our drop-in should, and is what sshd stumbles over. */
function inOurPlace({ why }: Unknown, { disk }: World): Refusal | undefined {
  const { kind } = disk.entry(DROP_IN);
  if (why !== "config-invalid" || kind === "absent" || kind === "file") return undefined;
  const what =
    kind === "link" ? "a link, and sshd cannot read where it leads" : `a ${kind === "folder" ? kind : "device"}`;
  return { why: "not-a-file", path: DROP_IN, what };
}

type Changing = Plan & { kind: "change" };
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
  return { kind: "enabled", changes, ours, answer, effect, behind: await lookBehind(world.programs) };
}
