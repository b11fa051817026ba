/**
 * `enable --edit-main` writes the drop-in in addition to its block in the main file. If that file is restored, for example
 * by configuration management, the block is gone, but the drop-in or the backup still shows what was in force. So the loss
 * is detected and reported, with the command that brings the block back (docs/decisions/0156).
 */
import { agentOf } from "../inspect/command-owner.ts";
import { ownLinesForSome } from "../inspect/own-lines.ts";
import { decide, foreseenFor } from "./decide.ts";
import type { SshdState, System } from "./inspect.ts";
import { backupOf, blockIn, DROP_IN, dropInText, parseUnmodified } from "./managed-files.ts";
import type { EnableOptions } from "./plan.ts";
import { isKnown } from "./verify.ts";

export interface LostBlock {
  readonly main: string;
  /** The file that shows that the block existed. */
  readonly evidence: string;
  /**
   * The flags of `sshd enable` that bring it back; undefined if no flags would, or an administrator has decided otherwise
   * since.
   */
  readonly flags: readonly string[] | undefined;
}

export async function lostBlock(look: SshdState, world: System): Promise<LostBlock | undefined> {
  const { main } = look;
  const { disk } = world;
  const file = disk.entry(main);
  const backup = disk.entry(backupOf(main));
  if (backup.kind !== "file" || (file.kind === "file" && blockIn(file.text) !== undefined)) return undefined;
  const dropIn = disk.entry(DROP_IN);
  const ours = dropIn.kind === "file" ? parseUnmodified(dropIn.text, dropInText) : undefined;
  const agent = agentOf(ours?.command ?? "");
  const behind = agent?.isTrial === true ? "trial" : (agent?.chained.length ?? 0) > 0 ? "chain" : undefined;
  const evidence = dropIn.kind === "file" ? DROP_IN : backupOf(main);
  for (const otherCommand of wishesFor(behind, mayReplace(look))) {
    const wishes = { otherCommand, editMain: true };
    const decision = await decide(wishes, look, world);
    if (decision.kind !== "change") continue;
    if ((await foreseenFor(decision, wishes, look, world)) === undefined)
      return {
        main,
        evidence,
        flags: otherCommand === "leave" ? ["--edit-main"] : ["--edit-main", `--${otherCommand}`],
      };
  }
  return { main, evidence, flags: undefined };
}

/** Returns what to try, the least change first. */
function wishesFor(behind: "chain" | "trial" | undefined, replace: boolean): EnableOptions["otherCommand"][] {
  if (behind !== undefined) return [behind];
  return replace ? ["leave", "replace"] : ["leave"];
}

/**
 * Checks whether `--replace` may be tried: not against an explicit `none`, nor against a block that names our command for
 * some users only.
 */
const mayReplace = ({ answer, walk }: SshdState): boolean =>
  isKnown(answer) && answer.allUsers.command !== undefined && ownLinesForSome(walk).length === 0;
