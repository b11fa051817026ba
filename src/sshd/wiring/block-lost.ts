/**
 * `enable --edit-main` leaves the drop-in beside its block in the main file. Where something restores that file, as a role of
 * configuration management does, the block is gone and the drop-in, or the backup, still says what was in force: so it is
 * seen, with the way back (docs/decisions/0156).
 */
import { agentOf } from "../inspect/command-owner.ts";
import { ownLinesForSome } from "../inspect/own-lines.ts";
import { decide } from "./decide.ts";
import type { SshdState, System } from "./inspect.ts";
import { backupOf, blockIn, DROP_IN, dropInText, parseUnmodified } from "./managed-files.ts";
import type { EnableOptions } from "./plan.ts";
import { rehearsed } from "./transaction.ts";
import { isKnown } from "./verify.ts";

export interface LostBlock {
  readonly main: string;
  /** What says that it was there. */
  readonly note: string;
  /** The flags of `sshd enable` that bring it back; undefined: none would, or somebody has decided otherwise since. */
  readonly back: readonly string[] | undefined;
}

export async function lostBlock(look: SshdState, world: System): Promise<LostBlock | undefined> {
  const { main } = look;
  const { disk } = world;
  const file = disk.entry(main);
  const backup = disk.entry(backupOf(main));
  if (backup.kind !== "file" || (file.kind === "file" && blockIn(file.text) !== undefined)) return undefined;
  const dropIn = disk.entry(DROP_IN);
  const ours = dropIn.kind === "file" ? parseUnmodified(dropIn.text, dropInText) : undefined;
  const chain = (agentOf(ours?.command ?? "")?.chained.length ?? 0) > 0;
  const note = dropIn.kind === "file" ? DROP_IN : backupOf(main);
  for (const flags of flagsFor(chain, mayReplace(look))) {
    const wishes: EnableOptions = {
      chain: flags.includes("--chain"),
      replace: flags.includes("--replace") ? "any" : "no",
      editMain: true,
    };
    const decision = await decide(wishes, look, world);
    if (decision.kind !== "change") continue;
    const answer = await rehearsed(decision, look, world);
    if (answer === undefined || decision.flaw(answer) === undefined) return { main, note, back: flags };
  }
  return { main, note, back: undefined };
}

/** The least first. */
function flagsFor(chain: boolean, replace: boolean): string[][] {
  if (chain) return [["--edit-main", "--chain"]];
  return replace ? [["--edit-main"], ["--edit-main", "--replace"]] : [["--edit-main"]];
}

/** Neither beats a `none` that somebody wrote, nor a block that names our command for some users only. */
const mayReplace = ({ answer, walk }: SshdState): boolean =>
  isKnown(answer) && answer.everybody.command !== undefined && ownLinesForSome(walk).length === 0;
