/**
 * Plans what `enable` would change, from the present state and the options: every placement is tried on the disk as it would
 * be, the smallest change first. Pure. sshd itself confirms whether it works (verify.ts).
 */
import { agentOf } from "../inspect/command-owner.ts";
import { globalSource, noneAsUndefined, type Source, walkConfig } from "../inspect/config-walk.ts";
import { type Change, type FileSystem, mergeChanges, withChanges } from "../inspect/file-changes.ts";
import { ownLinesForSome } from "../inspect/own-lines.ts";
import { settingWords, sshdUnit } from "../inspect/unit.ts";
import { chained } from "./chain.ts";
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
import type { Refusal } from "./refusal.ts";
import { removal } from "./removal.ts";

/** The options of `enable`. */
export interface EnableOptions {
  readonly chain: boolean;
  readonly replace: "no" | "aws" | "any";
  readonly editMain: boolean;
}

export interface PlanInput {
  readonly disk: FileSystem;
  readonly main: string;
  /** sshd's command line if no unit starts it; overrides every file. */
  readonly ownWords: readonly string[] | undefined;
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
      readonly joins: string | undefined;
      readonly leaves: string | undefined;
    }
  | { readonly kind: "refused"; readonly refusal: Refusal };

const refused = (refusal: Refusal): Plan => ({ kind: "refused", refusal });

export function planEnable(wishes: EnableOptions, situation: PlanInput): Plan {
  const { disk, main, inForce, members } = situation;
  const current = inForce.command === undefined ? undefined : agentOf(inForce.command);
  const asItIs: Plan = { kind: "nothing", ours: { command: inForce.command ?? "", user: inForce.user ?? "" } };
  const asked = wishes.chain || wishes.replace !== "no";
  if (current?.ours && inForce.user !== undefined && (!asked || isAsAsked(wishes, current.chained.length > 0)))
    return asItIs;

  // The plan starts from the state without our changes.
  const { changes: bare, member: added, stuck } = removal(disk, main);
  const [odd] = stuck;
  if (odd !== undefined)
    return refused(
      odd.path === main ? { why: "open-block", main } : { why: "not-a-file", path: odd.path, what: odd.why },
    );
  const changed = editedFile(disk, main);
  if (changed !== undefined) return refused({ why: "edited", path: changed });
  const base = withChanges(disk, bare);

  // A line for some users only is an administrator's decision on who uses our command: only an explicit flag goes beyond it.
  const forSome = ownLinesForSome(walkConfig(main, base));
  if (forSome.length > 0 && !wishes.chain && wishes.replace !== "any") {
    return current?.ours ? asItIs : refused({ why: "for-some", lines: forSome });
  }
  const foreign = otherCommand(base, situation, bare.length === 0);
  if (foreign?.source?.kind === "file" && foreign.source.match.length > 0)
    return refused({ ...matchOf(foreign), ours: { command: COMMAND_LINE, user: OUR_USER } });
  if (foreign !== undefined && !mayOverride(foreign.command, wishes)) {
    if (current?.ours) return asItIs;
    return refused({ why: "foreign", ...foreign, onlyAws: wishes.replace === "aws" });
  }
  if (wishes.chain && foreign?.command === undefined && wishes.replace === "no") {
    if (current?.ours) return asItIs;
    if (foreign !== undefined) return refused({ why: "nothing-to-chain" });
  }
  const line =
    wishes.chain && foreign?.command !== undefined
      ? chained(foreign.command, foreign.user)
      : { command: COMMAND_LINE, user: OUR_USER };
  if ("why" in line) return refused(line);
  const isIn = line.user === OUR_USER || (members.includes(line.user) && line.user !== added);
  const member = isIn ? undefined : line.user;

  const start = overrideUnit(base, situation);
  if ("why" in start) return refused(start);
  const ours = { ...line, member, repeats: situation.repeats };
  const tried = place(withChanges(base, start.changes), main, start.words, ours, wishes, foreign !== undefined);
  if (!Array.isArray(tried)) return refused(tried);
  return {
    kind: "change",
    changes: mergeChanges(bare, start.changes, tried).map(asClosed),
    ours,
    words: start.words,
    joins: member === added ? undefined : member,
    leaves: added === member ? undefined : added,
  };
}

/** Keeps one of our files closed to other users when it is rewritten. */
function asClosed(change: Change): Change {
  const { before, after: now } = change;
  if (before.kind !== "file" || now.kind !== "file") return change;
  return { ...change, after: { ...now, mode: now.mode & before.mode } };
}

const isAsAsked = ({ chain }: EnableOptions, isChained: boolean): boolean => chain === isChained;

interface Foreign {
  readonly command: string | undefined;
  readonly user: string | undefined;
  readonly source: Source | undefined;
}

/** Returns the command that is in force without our lines; an explicit `none` counts as a command. */
function otherCommand(
  base: FileSystem,
  { main, ownWords, unitNames, runningWords, inForce }: PlanInput,
  bare: boolean,
): Foreign | undefined {
  const words = ownWords ?? settingWords(sshdUnit(base, unitNames)?.words ?? []);
  const walk = walkConfig(main, base);
  const found = (given: readonly string[]): Foreign | undefined => {
    const source = globalSource("authorizedkeyscommand", walk, given);
    if (source === undefined) return undefined;
    const user = globalSource("authorizedkeyscommanduser", walk, given);
    return { command: noneAsUndefined(source.value), user: user && noneAsUndefined(user.value), source };
  };
  const here = found(words);
  // If our lines are absent, sshd's own answer counts; the walk only finds which line it was.
  if (bare && inForce.command !== undefined) {
    const source = here?.command === inForce.command ? here.source : undefined;
    return { ...inForce, source };
  }
  const running = found(runningWords);
  if (here !== undefined && !(bare && here.command !== undefined)) return here;
  return running?.source?.kind === "command-line" ? running : undefined;
}

function mayOverride(command: string | undefined, { chain, replace }: EnableOptions): boolean {
  if (replace === "any" || (chain && command !== undefined)) return true;
  return replace === "aws" && command !== undefined && isAws(command);
}

export const isAws = (command: string): boolean => /\/eic_run_authorized_keys$/.test(agentOf(command)?.program ?? "");

const matchOf = ({ command, user, source }: Foreign) =>
  ({ why: "match", user: undefined, command, commandUser: user, source }) as const;

/** Returns the path of one of our files that was changed since it was written, and sets something. */
function editedFile(disk: FileSystem, main: string): string | undefined {
  const dropIn = disk.entry(DROP_IN);
  if (dropIn.kind === "file" && dropIn.text.trim() !== "" && parseUnmodified(dropIn.text, dropInText) === undefined)
    return DROP_IN;
  const file = disk.entry(main);
  const block = file.kind === "file" ? blockIn(file.text) : undefined;
  return typeof block === "object" && parseUnmodified(block.block, blockText) === undefined ? main : undefined;
}
