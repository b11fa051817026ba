/**
 * Plans what `enable` would change, from the present state and the options: classifies the state (situation.ts), looks up the
 * decision (plan-table.ts), and carries it out with the smallest change that wins (placement.ts). Pure. sshd itself confirms
 * whether it works (verify.ts).
 */
import { agentOf } from "../inspect/command-owner.ts";
import { walkConfig } from "../inspect/config-walk.ts";
import { type Change, type FileSystem, mergeChanges, withChanges } from "../inspect/file-changes.ts";
import { currentWords } from "../inspect/unit.ts";
import { behindOurs } from "./chain.ts";
import {
  blockIn,
  blockText,
  COMMAND_LINE,
  DROP_IN,
  dropInText,
  type ManagedSettings,
  OUR_USER,
  parseUnmodified,
} from "./managed-files.ts";
import { overrideUnit } from "./override-unit.ts";
import { place } from "./placement.ts";
import { type Asked, decisionFor, isAsAsked } from "./plan-table.ts";
import type { Refusal } from "./refusal.ts";
import { type Removal, removal } from "./removal.ts";
import { isUseless, lineChanges } from "./session-line.ts";
import { type BareState, classifyBare, classifyInForce, type OtherCommand } from "./situation.ts";

/** The options of `enable`. */
export interface EnableOptions {
  readonly otherCommand: Asked;
  readonly editMain: boolean;
}

export interface PlanInput {
  readonly disk: FileSystem;
  readonly main: string;
  /** sshd's command line if no unit starts it; overrides every file. */
  readonly processArgs: readonly string[] | undefined;
  /** The names that are passed to sshdUnit(). */
  readonly unitNames: readonly string[] | undefined;
  /** Setting words of the running process. */
  readonly runningWords: readonly string[];
  /** The command and user that sshd reports as in force; `command` is undefined if it has no command. */
  readonly inForce: { readonly command: string | undefined; readonly user: string | undefined };
  /** The members of our group. */
  readonly members: readonly string[];
  /** The settings that sshd would not read after our lines. */
  readonly repeats?: ManagedSettings["repeats"];
  /** The value of PermitUserEnvironment that our files must have; undefined for no such line. */
  readonly permits?: string | undefined;
}

export type Plan =
  | { readonly kind: "nothing"; readonly ours: Pick<ManagedSettings, "command" | "user"> }
  | {
      readonly kind: "change";
      readonly changes: readonly Change[];
      readonly ours: ManagedSettings;
      /** Setting words of sshd's command line afterwards. */
      readonly words: readonly string[];
      /** The user who joins our group, and the user whom an earlier run added and who is no longer needed there. */
      readonly addMember: string | undefined;
      readonly removeMember: string | undefined;
      /** Whether our command is in force already, and only the line for the variables of a session changes. */
      readonly keeps: boolean;
    }
  | { readonly kind: "refused"; readonly refusal: Refusal };

type Lines = Pick<ManagedSettings, "command" | "user">;

const OUR_LINES: Lines = { command: COMMAND_LINE, user: OUR_USER };

const refused = (refusal: Refusal): Plan => ({ kind: "refused", refusal });

export function planEnable(options: EnableOptions, input: PlanInput): Plan {
  const plan = planLine(options, input);
  if (input.permits === undefined || plan.kind === "refused") return plan;
  const changed = plan.kind === "change" ? withChanges(input.disk, plan.changes) : input.disk;
  const words = plan.kind === "change" ? plan.words : currentWords(input);
  const isLost = isUseless(input.permits, walkConfig(input.main, changed), words);
  return isLost ? planLine(options, { ...input, permits: undefined }) : plan;
}

/** Plans with the line for the variables of a session as the input has it, whether or not sshd would read it. */
function planLine(options: EnableOptions, input: PlanInput): Plan {
  const { disk, main, inForce } = input;
  const asked = options.otherCommand;
  const present = classifyInForce(inForce);
  const asItIs = keep(input);
  if (isAsAsked(present, asked)) return asItIs;

  const removed = removal(disk, main);
  const flaw = managedFilesFlaw(removed, input);
  if (flaw !== undefined) return refused(flaw);

  const bare = classifyBare(removed.changes, input);
  const decision = decisionFor(present, bare.byHand, bare.remaining, asked);
  switch (decision) {
    case "keep":
      return asItIs;
    case "write":
      return planLines(OUR_LINES, removed, bare, options, input);
    case "chain":
    case "trial": {
      const lines = linesBehindOurs(bare.other, decision);
      return "why" in lines ? refused(lines) : planLines(lines, removed, bare, options, input);
    }
    case "for-some":
      return refused({ why: "for-some", lines: bare.forSome });
    case "match":
      return refused(matchRefusal(bare.other));
    case "trial-alone":
      return refused({ why: "trial-alone" });
    case "foreign":
    case "not-aws":
      return refused({ why: "foreign", ...bare.other, onlyAws: decision === "not-aws" });
    default:
      return decision satisfies never;
  }
}

/** Returns the plan if our command is in force already: at most the line for the variables of a session changes. */
function keep(input: PlanInput): Plan {
  const { disk, main, inForce, permits } = input;
  const ours = { command: inForce.command ?? "", user: inForce.user ?? "" };
  const changes = lineChanges(disk, main, permits);
  if (changes.length === 0) return { kind: "nothing", ours };
  const words = currentWords(input);
  return { kind: "change", changes, ours: { ...ours, permits }, words, ...NO_MEMBER, keeps: true };
}

const NO_MEMBER = { addMember: undefined, removeMember: undefined } as const;

/** Returns why the files that this program writes cannot be removed or written anew. */
function managedFilesFlaw({ leftovers: [leftover] }: Removal, { disk, main }: PlanInput): Refusal | undefined {
  if (leftover?.path === main) return { why: "open-block", main };
  if (leftover !== undefined) return { why: "not-a-file", path: leftover.path, what: leftover.why };
  const dropIn = disk.entry(DROP_IN);
  if (dropIn.kind === "file" && dropIn.text.trim() !== "" && parseUnmodified(dropIn.text, dropInText) === undefined)
    return { why: "edited", path: DROP_IN };
  const file = disk.entry(main);
  const block = file.kind === "file" ? blockIn(file.text) : undefined;
  const isEdited = typeof block === "object" && parseUnmodified(block.block, blockText) === undefined;
  return isEdited ? { why: "edited", path: main } : undefined;
}

/**
 * Returns the lines that chain a command, or that try ours beside it. Lines by hand that chain one to ours already are taken
 * as they are.
 */
function linesBehindOurs({ command, user }: OtherCommand, how: "chain" | "trial"): Lines | Refusal {
  if (command === undefined) return OUR_LINES;
  const isOurs = agentOf(command)?.ours === true;
  if (isOurs && how === "trial") return { why: "trial-alone" };
  return isOurs && user !== undefined ? { command, user } : behindOurs(command, user, how);
}

const matchRefusal = ({ command, user, source }: OtherCommand): Refusal => ({
  why: "match",
  user: undefined,
  command,
  commandUser: user,
  source,
  ours: OUR_LINES,
});

/** Plans the change that puts two lines in force, from the state without our lines. */
function planLines(
  lines: Lines,
  removed: Removal,
  { disk, remaining }: BareState,
  options: EnableOptions,
  input: PlanInput,
): Plan {
  const unit = overrideUnit(disk, input);
  if ("why" in unit) return refused(unit);
  const member = memberFor(lines.user, removed.member, input.members);
  const ours = { ...lines, member, repeats: input.repeats, permits: input.permits };
  const host = { disk: withChanges(disk, unit.changes), main: input.main, words: unit.words };
  const placed = place(host, ours, options, remaining !== "nothing" && remaining !== "ours");
  if ("why" in placed) return refused(placed);
  return {
    kind: "change",
    changes: mergeChanges(removed.changes, unit.changes, placed).map(asClosed),
    ours,
    words: unit.words,
    addMember: member === removed.member ? undefined : member,
    removeMember: removed.member === member ? undefined : removed.member,
    keeps: false,
  };
}

/**
 * Returns the user who must be in our group because of us; undefined if our own user runs the command, or the user is a
 * member anyway.
 * @param added the user whom an earlier run added
 */
function memberFor(user: string, added: string | undefined, members: readonly string[]): string | undefined {
  const isMemberAnyway = members.includes(user) && user !== added;
  return user === OUR_USER || isMemberAnyway ? undefined : user;
}

/** Keeps one of our files closed to other users when it is rewritten. */
function asClosed(change: Change): Change {
  const { before, after: now } = change;
  if (before.kind !== "file" || now.kind !== "file") return change;
  return { ...change, after: { ...now, mode: now.mode & before.mode } };
}
