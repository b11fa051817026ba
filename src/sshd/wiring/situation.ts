/**
 * Classifies what `enable` finds, for the tables of plan-table.ts: our command or another one in force, and what would be in
 * force without the lines that this program wrote. Pure.
 */
import { agentOf } from "../inspect/command-owner.ts";
import { globalSource, noneAsUndefined, type Setting, type Source, walkConfig } from "../inspect/config-walk.ts";
import { type Change, type FileSystem, withChanges } from "../inspect/file-changes.ts";
import { ownLinesForSome } from "../inspect/own-lines.ts";
import { currentWords } from "../inspect/unit.ts";
import type { PlanInput } from "./plan.ts";
import type { ByHand, InForce, Remaining } from "./plan-table.ts";

/** A command that this program did not write, or an explicit `none`. */
export interface OtherCommand {
  /** Undefined for `none`. */
  readonly command: string | undefined;
  readonly user: string | undefined;
  /** Undefined if no line is known that sets it. */
  readonly source: Source | undefined;
}

/** The state without the lines that this program wrote. */
export interface BareState {
  readonly disk: FileSystem;
  readonly byHand: ByHand;
  /** Lines by hand that name our command in a Match block, for some users only. */
  readonly forSome: readonly Setting[];
  readonly remaining: Remaining;
  /** All of its fields are undefined if nothing remains. */
  readonly other: OtherCommand;
}

const NO_COMMAND: OtherCommand = { command: undefined, user: undefined, source: undefined };

export function classifyInForce({ command, user }: PlanInput["inForce"]): InForce {
  const agent = command === undefined ? undefined : agentOf(command);
  if (agent?.isTrial === true && user !== undefined) return "trial";
  if (agent?.ours !== true) return "not-ours";
  if (user === undefined) return "ours-without-user";
  return agent.chained.length > 0 ? "ours-chained" : "ours";
}

/** @param removed the changes that remove what this program wrote */
export function classifyBare(removed: readonly Change[], input: PlanInput): BareState {
  const disk = withChanges(input.disk, removed);
  const forSome = ownLinesForSome(walkConfig(input.main, disk));
  const other = otherCommand(disk, input, removed.length === 0);
  return {
    disk,
    byHand: forSome.length === 0 ? "no-users" : "some-users",
    forSome,
    remaining: classifyRemaining(other),
    other: other ?? NO_COMMAND,
  };
}

function classifyRemaining(other: OtherCommand | undefined): Remaining {
  if (other === undefined) return "nothing";
  const { command, source } = other;
  if (source?.kind === "file" && source.match.length > 0) return "match";
  if (command === undefined) return "none";
  const agent = agentOf(command);
  if (agent?.ours === true && agent.chained.length === 0) return "ours";
  return /\/eic_run_authorized_keys$/.test(agent?.program ?? "") ? "aws" : "another";
}

/**
 * Returns the command that is in force without our lines.
 * @param isBare whether none of our lines is on the disk
 */
function otherCommand(
  disk: FileSystem,
  { main, processArgs, unitNames, runningWords, inForce }: PlanInput,
  isBare: boolean,
): OtherCommand | undefined {
  const walk = walkConfig(main, disk);
  const commandWith = (words: readonly string[]): OtherCommand | undefined => {
    const source = globalSource("authorizedkeyscommand", walk, words);
    if (source === undefined) return undefined;
    const user = globalSource("authorizedkeyscommanduser", walk, words);
    return { command: noneAsUndefined(source.value), user: user && noneAsUndefined(user.value), source };
  };
  const configured = commandWith(currentWords({ disk, processArgs, unitNames }));
  if (isBare && inForce.command !== undefined) {
    // sshd's own answer counts; the files only show which line it was.
    const source = configured?.command === inForce.command ? configured.source : undefined;
    return { ...inForce, source };
  }
  // sshd reports no command: a command that only the files have is not in force, but an explicit `none` is.
  const isRefuted = isBare && configured?.command !== undefined;
  if (configured !== undefined && !isRefuted) return configured;
  const running = commandWith(runningWords);
  return running?.source?.kind === "command-line" ? running : undefined;
}
