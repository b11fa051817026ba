/** `eic-agent sshd enable`: from the inspection to the reload of sshd, or to the reason why nothing was changed. */

import { walkConfig } from "../inspect/config-walk.ts";
import { hearSshds } from "../inspect/every-sshd.ts";
import { asCommand, FUTURE, lastChange, planReload } from "../inspect/reload-plan.ts";
import { inspectService } from "../inspect/service-state.ts";
import { deaf } from "../inspect/unwired.ts";
import { toRepeat } from "./comparison.ts";
import { type Decision, decide, withWays } from "./decide.ts";
import { addMemberCommand, removeMemberCommand } from "./group.ts";
import { inspect, type SshdState, type System } from "./inspect.ts";
import { type Outcome, type RunOptions, refused } from "./outcome.ts";
import { othersPending } from "./pending.ts";
import type { EnableOptions } from "./plan.ts";
import { nothingToTakeBack, reloadSshd } from "./reload.ts";
import { commit, rehearsed, type Work } from "./transaction.ts";
import { isKnown } from "./verify.ts";

export async function enable(wishes: EnableOptions, manner: RunOptions, world: System): Promise<Outcome> {
  const { disk, programs } = world;
  const look = await inspect(world);
  const { answer, main, running } = look;
  const plan = await decide(wishes, look, world);
  if (plan.kind === "refused") {
    return refused(await withWays(plan.refusal, wishes, look, world));
  }
  if (!isKnown(answer)) return refused({ why: "not-asked", unknown: answer });

  if (plan.kind === "nothing") {
    const needed = reloadInput(look, [], look.words);
    const changedAt = lastChange(walkConfig(main, disk));
    if (manner.dryRun) {
      const steps = manner.reload ? planReload({ ...needed, changedAt }) : undefined;
      return { kind: "would", changes: [], commands: steps === undefined ? [] : [asCommand(steps)], tried: true };
    }
    const told = { others: othersPending(running, walkConfig(main, disk)), takeBack: nothingToTakeBack };
    const effect = await reloadSshd({ ...needed, changedAt }, manner.reload, look, programs, told);
    if (effect.kind === "lost") return refused(effect.refusal, effect.left);
    return { kind: "enabled", changes: [], ours: plan.ours, answer, effect, ...(await around(world)) };
  }
  const go = (one: Changing) =>
    manner.dryRun ? dryRun(one, one.flaw, manner, look, world) : execute(one, one.flaw, manner, look, world);
  const outcome = await go(plan);
  // Settings that sshd would not read after our lines are repeated before them.
  const lost =
    outcome.kind === "refused" && outcome.refusal.why === "side-effect" ? outcome.refusal.difference : undefined;
  const repeats = lost && toRepeat(answer, lost);
  const again = repeats && (await decide(wishes, look, world, repeats));
  return again?.kind === "change" ? go(again) : outcome;
}

type Changing = Decision & { kind: "change" };
type Flaw = Work["flaw"];

export const reloadInput = ({ running, unit }: SshdState, paths: readonly string[], words: readonly string[]) => ({
  running,
  words,
  units: paths.some((path) => path.includes("/systemd/")),
  unit: unit?.unit,
  changed: paths.length > 0,
});

async function dryRun(
  plan: Changing,
  flaw: Flaw,
  manner: RunOptions,
  look: SshdState,
  world: System,
): Promise<Outcome> {
  const { changes, words, addMember, removeMember } = plan;
  const tried = await rehearsed(plan, look, world);
  const foreseen = tried && flaw(tried);
  if (foreseen !== undefined) return refused(foreseen);
  const paths = changes.map(({ path }) => path);
  const steps = manner.reload ? planReload({ ...reloadInput(look, paths, words), changedAt: FUTURE }) : undefined;
  const commands = [
    ...(addMember === undefined ? [] : [addMemberCommand(addMember).join(" ")]),
    ...(removeMember === undefined ? [] : [removeMemberCommand(removeMember).join(" ")]),
    ...(steps === undefined ? [] : [asCommand(steps)]),
  ];
  return { kind: "would", changes, commands, tried: tried !== undefined };
}

async function execute(
  plan: Changing,
  flaw: Flaw,
  manner: RunOptions,
  look: SshdState,
  world: System,
): Promise<Outcome> {
  const { interrupted } = manner;
  const { changes, words, ours } = plan;
  const others = othersPending(look.running, walkConfig(look.main, world.disk));
  const done = await commit({ ...plan, rehearse: true, flaw, interrupted }, look, world);
  if (done.kind === "refused") return refused(done.refusal, done.left);
  const { answer } = done;
  if (!isKnown(answer)) return refused({ why: "not-asked", unknown: answer });
  const paths = changes.map(({ path }) => path);
  const changedAt = lastChange(walkConfig(look.main, world.disk));
  const needed = { ...reloadInput(look, paths, words), changedAt };
  const effect = await reloadSshd(needed, manner.reload, look, world.programs, { others, takeBack: done.takeBack });
  if (effect.kind === "lost") return refused(effect.refusal, effect.left);
  return { kind: "enabled", changes, ours, answer, effect, ...(await around(world)) };
}

/** Returns the state of the components that our command uses, and the sshd processes that do not run it but should. */
const around = async ({ disk, programs }: System) => ({
  behind: await inspectService(programs),
  deaf: deaf(await hearSshds(disk, programs)),
});
