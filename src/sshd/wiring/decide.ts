/**
 * What `enable` would do here with the given wishes, or why it would refuse: the one decision behind what is done, what
 * `--dry-run` shows, and what is advised. Nothing is written.
 */
import { lookUpGroup } from "../inspect/accounts.ts";
import type { Unknown } from "../inspect/effective.ts";
import { toRepeat, unmeantByEnable } from "./comparison.ts";
import type { SshdState, System } from "./inspect.ts";
import { DROP_IN, type ManagedSettings, OUR_GROUP } from "./managed-files.ts";
import { type EnableOptions, type Plan, planEnable } from "./plan.ts";
import { preflightFlaw } from "./preflight.ts";
import type { Refusal, Ways } from "./refusal.ts";
import { rehearsed } from "./transaction.ts";
import { isKnown, mismatchFlaw, type SshdQuery, type SshdView } from "./verify.ts";

export type Decision =
  | (Exclude<Plan, { kind: "refused" }> & {
      /** What keeps sshd's answer from being the one that is wanted. */
      readonly flaw: (answer: SshdQuery) => Refusal | undefined;
    })
  | { readonly kind: "refused"; readonly refusal: Refusal };

const refused = (refusal: Refusal): Decision => ({ kind: "refused", refusal });

/** Everything but the rehearsal: that belongs to what is then done. */
export async function decide(
  wishes: EnableOptions,
  look: SshdState,
  world: System,
  repeats?: ManagedSettings["repeats"],
): Promise<Decision> {
  const { disk, programs } = world;
  const { answer, main, ownWords, unitNames, runningWords } = look;
  if (!isKnown(answer)) return refused(inOurPlace(answer, world) ?? { why: "not-asked", unknown: answer });
  const { command, commandUser: user } = answer.everybody;
  const members = (await lookUpGroup(OUR_GROUP, programs))?.members ?? [];
  const inForce = { command, user };
  const situation = { disk, main, ownWords, unitNames, runningWords, inForce, members };
  const plan = planEnable(wishes, repeats === undefined ? situation : { ...situation, repeats });
  if (plan.kind === "refused") return plan;
  const short = (given: SshdQuery) => mismatchFlaw(butKeptOut(given), plan.ours);
  if (plan.kind === "nothing") {
    const found = short(answer);
    return found === undefined ? { ...plan, flaw: short } : refused(found);
  }
  const lacking = await preflightFlaw(plan.ours, programs);
  if (lacking !== undefined) return refused(lacking);
  // Our two lines are in force for whom they must be, and nothing else is another than before.
  const flaw = (given: SshdQuery): Refusal | undefined => {
    const difference = unmeantByEnable(answer, given, plan.ours);
    return short(given) ?? (difference && { why: "unmeant", difference, by: "enable" });
  };
  return { ...plan, flaw };
}

/**
 * `AuthorizedKeysCommand none` in a Match block keeps somebody out by an administrator's decision: that is no flaw, and it
 * stands. For everybody else our command has to be in force.
 */
function butKeptOut(answer: SshdQuery): SshdQuery {
  if (!isKnown(answer)) return answer;
  return { ...answer, some: answer.some.filter((one) => !isKeptOut(one)) };
}

export const isKeptOut = ({ command, source }: SshdView["everybody"]): boolean =>
  command === undefined && source?.kind === "file" && source.match.length > 0;

/** What lies where our drop-in should, and is what sshd stumbles over. */
function inOurPlace({ why }: Unknown, { disk }: System): Refusal | undefined {
  const { kind } = disk.entry(DROP_IN);
  if (why !== "config-invalid" || kind === "absent" || kind === "file") return undefined;
  const what =
    kind === "link" ? "a link, and sshd cannot read where it leads" : `a ${kind === "folder" ? kind : "device"}`;
  return { why: "not-a-file", path: DROP_IN, what };
}

/** A refusal after which a flag may go further, with what is open. */
export async function withWays(
  refusal: Refusal,
  wishes: EnableOptions,
  look: SshdState,
  world: System,
): Promise<Refusal> {
  switch (refusal.why) {
    case "foreign":
    case "other-user":
    case "no-include":
    case "nothing-to-chain":
    case "chain-as-root":
      return { ...refusal, ways: await waysHere(wishes, look, world) };
    default:
      return refusal;
  }
}

/**
 * The very decisions that each flag would meet, the rehearsal with them: so nothing is advised that is then refused.
 */
async function waysHere(wishes: EnableOptions, look: SshdState, world: System): Promise<Ways> {
  const { editMain } = wishes;
  const tried = async (flags: EnableOptions): Promise<Refusal | undefined> => {
    const decision = await decide(flags, look, world);
    if (decision.kind === "refused") return decision.refusal;
    if (decision.kind === "nothing") return undefined;
    const answer = await rehearsed(decision, look, world);
    const found = answer && decision.flaw(answer);
    // What sshd would lose by our lines, `enable` repeats before them.
    const isMended = found?.why === "unmeant" && isKnown(look.answer) && toRepeat(look.answer, found.difference);
    return isMended ? undefined : found;
  };
  return {
    chain: await tried({ chain: true, replace: "no", editMain }),
    replace: await tried({ chain: false, replace: "any", editMain }),
    editMain: await tried({ ...wishes, editMain: true }),
  };
}
