/** `eic-agent sshd enable`: from the inspection to the reload of sshd, or to the reason why nothing was changed. */

import { walkConfig } from "../inspect/config-walk.ts";
import { hearSshds } from "../inspect/every-sshd.ts";
import { type FileSystem, withChanges } from "../inspect/file-changes.ts";
import { asCommand, FUTURE, lastChange, planReload } from "../inspect/reload-plan.ts";
import { inspectService } from "../inspect/service-state.ts";
import { deaf } from "../inspect/unwired.ts";
import { reportSession, type SessionReport } from "../inspect/user-environment.ts";
import { type Decision, decide, type Feasible, withMends, withWays } from "./decide.ts";
import { addMemberCommand, removeMemberCommand } from "./group.ts";
import { inspect, type SshdState, type System } from "./inspect.ts";
import { type Outcome, type RunOptions, refused } from "./outcome.ts";
import { othersPending } from "./pending.ts";
import type { EnableOptions } from "./plan.ts";
import { nothingToTakeBack, reloadSshd } from "./reload.ts";
import { commit, rehearsed, type Work } from "./transaction.ts";
import { isKnown, type SshdQuery, type SshdView } from "./verify.ts";

export async function enable(wishes: EnableOptions, manner: RunOptions, world: System): Promise<Outcome> {
  const look = await inspect(world);
  const { answer } = look;
  const plan = await decide(wishes, look, world);
  if (plan.kind === "refused") {
    return refused(await withWays(plan.refusal, wishes, look, world));
  }
  if (!isKnown(answer)) return refused({ why: "not-asked", unknown: answer });
  const go = (one: Feasible): Promise<Outcome> => {
    if (one.kind === "nothing") return unchanged(one, answer, manner, look, world);
    return manner.dryRun ? dryRun(one, one.flaw, manner, look, world) : execute(one, one.flaw, manner, look, world);
  };
  return withMends(plan, { wishes, look, world }, go, (outcome) =>
    outcome.kind === "refused" ? outcome.refusal : undefined,
  );
}

/** Our command is in force, and no file changes; sshd may still have to read its files. */
async function unchanged(
  { ours }: Decision & { kind: "nothing" },
  answer: SshdView,
  manner: RunOptions,
  look: SshdState,
  world: System,
): Promise<Outcome> {
  const { main, running } = look;
  const { disk, programs } = world;
  const needed = reloadInput(look, [], look.words);
  const changedAt = lastChange(walkConfig(main, disk));
  const session = sessionOf(answer, look, look.words, disk, world);
  if (manner.dryRun) {
    const steps = manner.reload ? planReload({ ...needed, changedAt }) : undefined;
    const commands = steps === undefined ? [] : [asCommand(steps)];
    return { kind: "would", changes: [], commands, tried: true, session };
  }
  const told = { others: othersPending(running, walkConfig(main, disk)), takeBack: nothingToTakeBack };
  const effect = await reloadSshd({ ...needed, changedAt }, manner.reload, look, programs, told);
  if (effect.kind === "lost") return refused(effect.refusal, effect.left);
  return { kind: "enabled", changes: [], ours, answer, effect, session, ...(await around(world)) };
}

/** Returns whether sshd sets the variables of a session, as far as `enable` could see to it. */
function sessionOf(
  answer: SshdQuery | undefined,
  { main, version }: SshdState,
  words: readonly string[],
  disk: FileSystem,
  { session }: System,
): SessionReport | undefined {
  const values = answer !== undefined && isKnown(answer) ? answer.values : undefined;
  return reportSession(session, values, { walk: walkConfig(main, disk), words, version }, true);
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
  const session = sessionOf(tried, look, words, withChanges(world.disk, changes), world);
  return { kind: "would", changes, commands, tried: tried !== undefined, session };
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
  const session = sessionOf(answer, look, words, world.disk, world);
  return { kind: "enabled", changes, ours, answer, effect, session, ...(await around(world)) };
}

/** Returns the state of the components that our command uses, and the sshd processes that do not run it but should. */
const around = async ({ disk, programs }: System) => ({
  behind: await inspectService(programs),
  deaf: deaf(await hearSshds(disk, programs)),
});
