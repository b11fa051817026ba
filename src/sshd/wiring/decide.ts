/**
 * Decides what `enable` would do here with the given options, or why it would refuse. The same decision is behind the change
 * itself, the output of `--dry-run`, and all advice. Nothing is written.
 */
import { lookUpGroup } from "../inspect/accounts.ts";
import type { Unknown } from "../inspect/effective.ts";
import { PERMIT } from "../inspect/user-environment.ts";
import { lineNotInForce, toRepeat, unmeantByEnable } from "./comparison.ts";
import type { SshdState, System } from "./inspect.ts";
import { DROP_IN, type ManagedSettings, OUR_GROUP } from "./managed-files.ts";
import { type EnableOptions, type Plan, planEnable } from "./plan.ts";
import { preflightFlaw } from "./preflight.ts";
import type { Refusal, Ways } from "./refusal.ts";
import { removal } from "./removal.ts";
import { wantedLine } from "./session-line.ts";
import { rehearsed } from "./transaction.ts";
import { isKnown, mismatchFlaw, type SshdQuery, type SshdView } from "./verify.ts";

export type Decision =
  | (Exclude<Plan, { kind: "refused" }> & {
      /** Returns the refusal if sshd's answer is not the one that is wanted. */
      readonly flaw: (answer: SshdQuery) => Refusal | undefined;
    })
  | { readonly kind: "refused"; readonly refusal: Refusal };

const refused = (refusal: Refusal): Decision => ({ kind: "refused", refusal });

/** Differences from the first plan, after sshd refused it. */
export interface Mend {
  /** Settings that sshd would not read after our lines, and that our files repeat before them. */
  readonly repeats?: ManagedSettings["repeats"];
  /** Our PermitUserEnvironment is left out: no login depends on it. */
  readonly withoutPermit?: boolean;
}

/** Makes every check but the rehearsal, which belongs to the action that follows. */
export async function decide(
  wishes: EnableOptions,
  look: SshdState,
  world: System,
  { repeats, withoutPermit = false }: Mend = {},
): Promise<Decision> {
  const { disk, programs, session } = world;
  const { answer, main, processArgs, unitNames, runningWords } = look;
  if (!isKnown(answer)) return refused(dropInFlaw(answer, world) ?? { why: "not-asked", unknown: answer });
  const { command, commandUser: user } = answer.allUsers;
  const members = (await lookUpGroup(OUR_GROUP, programs))?.members ?? [];
  const inForce = { command, user };
  const permits = withoutPermit ? undefined : wantedLine(session, { ...look, disk });
  const situation = { disk, main, processArgs, unitNames, runningWords, inForce, members, permits };
  const plan = planEnable(wishes, repeats === undefined ? situation : { ...situation, repeats });
  if (plan.kind === "refused") return plan;
  const inForceFlaw = (given: SshdQuery) => mismatchFlaw(butKeptOut(given), plan.ours);
  if (plan.kind === "nothing") {
    const found = inForceFlaw(answer);
    return found === undefined ? { ...plan, flaw: inForceFlaw } : refused(found);
  }
  const lacking = plan.keeps ? undefined : await preflightFlaw(plan.ours, programs);
  if (lacking !== undefined) return refused(lacking);
  const had = removal(disk, main).permits;
  // Our lines must be in force for the right users, and nothing else may differ from before.
  const flaw = (given: SshdQuery): Refusal | undefined => {
    const difference = unmeantByEnable(answer, given, plan.ours, had) ?? lineNotInForce(answer, given, plan.ours);
    return inForceFlaw(given) ?? (difference && { why: "side-effect", difference, by: "enable" });
  };
  return { ...plan, flaw };
}

/** A decision that can be carried out. */
export type Feasible = Exclude<Decision, { kind: "refused" }>;

/**
 * Makes an attempt, and after a refusal by sshd that a mend may help another one: each mend is tried once.
 * @param attempt carries out a decision, or rehearses it
 * @param refusalOf returns the refusal in the result of an attempt
 * @returns the result of the last attempt
 */
export async function withMends<T>(
  first: Feasible,
  { wishes, look, world }: { wishes: EnableOptions; look: SshdState; world: System },
  attempt: (decision: Feasible) => Promise<T>,
  refusalOf: (result: T) => Refusal | undefined,
): Promise<T> {
  let [decision, mend, result]: [Feasible, Mend, T] = [first, {}, await attempt(first)];
  for (;;) {
    const refusal = refusalOf(result);
    const more = refusal && decision.kind === "change" ? mendOf(refusal, decision, look) : undefined;
    const isNew = more !== undefined && Object.keys(more).some((key) => !(key in mend));
    if (!isNew) return result;
    mend = { ...mend, ...more };
    const next = await decide(wishes, look, world, mend);
    if (next.kind === "refused") return result;
    decision = next;
    result = await attempt(next);
  }
}

/** Returns the mend for a refusal by sshd; undefined if none would help. */
function mendOf(
  refusal: Refusal,
  { ours }: Pick<Decision & { kind: "change" }, "ours">,
  { answer }: Pick<SshdState, "answer">,
): Mend | undefined {
  if (refusal.why === "side-effect" && isKnown(answer)) {
    const repeats = toRepeat(answer, refusal.difference);
    if (repeats !== undefined) return { repeats };
  }
  const isOfPermit =
    refusal.why === "not-accepted" || (refusal.why === "side-effect" && refusal.difference.keyword === PERMIT);
  return ours.permits !== undefined && isOfPermit ? { withoutPermit: true } : undefined;
}

/**
 * Leaves out users whom an administrator excluded by `AuthorizedKeysCommand none` in a Match block: that is not a flaw, and
 * it remains. For all other users our command must be in force.
 */
function butKeptOut(answer: SshdQuery): SshdQuery {
  if (!isKnown(answer)) return answer;
  return { ...answer, some: answer.some.filter((one) => !isKeptOut(one)) };
}

export const isKeptOut = ({ command, source }: SshdView["allUsers"]): boolean =>
  command === undefined && source?.kind === "file" && source.match.length > 0;

/** Returns a refusal if the path of our drop-in has something other than a file, and that makes sshd fail. */
function dropInFlaw({ why }: Unknown, { disk }: System): Refusal | undefined {
  const { kind } = disk.entry(DROP_IN);
  if (why !== "config-invalid" || kind === "absent" || kind === "file") return undefined;
  const what = kind === "link" ? "a link whose target sshd cannot read" : `a ${kind === "folder" ? kind : "device"}`;
  return { why: "not-a-file", path: DROP_IN, what };
}

/** Adds to a refusal the flags that may go further, each with its result. */
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
    case "chain-as-root":
      return { ...refusal, ways: await waysHere(wishes, look, world) };
    default:
      return refusal;
  }
}

/**
 * Returns why `enable` would refuse with these options; undefined if it would succeed. Makes the same attempts, each as a
 * rehearsal, so that no advice is refused afterwards.
 */
async function foreseenRefusal(wishes: EnableOptions, look: SshdState, world: System): Promise<Refusal | undefined> {
  const decision = await decide(wishes, look, world);
  return decision.kind === "refused" ? decision.refusal : foreseenFor(decision, wishes, look, world);
}

/** Returns why this decision would be refused; undefined if it would succeed. */
export const foreseenFor = (
  first: Feasible,
  wishes: EnableOptions,
  look: SshdState,
  world: System,
): Promise<Refusal | undefined> => {
  const rehearse = async (decision: Feasible): Promise<Refusal | undefined> => {
    const answer = decision.kind === "nothing" ? undefined : await rehearsed(decision, look, world);
    return answer && decision.flaw(answer);
  };
  return withMends(first, { wishes, look, world }, rehearse, (refusal) => refusal);
};

async function waysHere(wishes: EnableOptions, look: SshdState, world: System): Promise<Ways> {
  const { editMain } = wishes;
  return {
    chain: await foreseenRefusal({ otherCommand: "chain", editMain }, look, world),
    replace: await foreseenRefusal({ otherCommand: "replace", editMain }, look, world),
    editMain: await foreseenRefusal({ ...wishes, editMain: true }, look, world),
  };
}
