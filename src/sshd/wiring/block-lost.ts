/**
 * `enable --edit-main` leaves the drop-in beside its block in the main file. Where something restores that file, as a role of
 * configuration management does, the block is gone and the drop-in, or the backup, still says what was in force: so it is
 * seen, with the way back (docs/decisions/0156).
 */
import { agentOf } from "../agents.ts";
import { ownLinesForSome } from "../own-lines.ts";
import { decide } from "./decide.ts";
import type { Look, World } from "./look.ts";
import { asWritten, backupOf, blockIn, DROP_IN, dropInText } from "./pieces.ts";
import type { Wishes } from "./plan.ts";
import { rehearsed } from "./transaction.ts";
import { isShown } from "./verify.ts";

export interface LostBlock {
  readonly main: string;
  /** What says that it was there. */
  readonly note: string;
  /** The flags of `sshd enable` that bring it back; undefined: none would, or somebody has decided otherwise since. */
  readonly back: readonly string[] | undefined;
}

export async function lostBlock(look: Look, world: World): Promise<LostBlock | undefined> {
  const { main } = look;
  const { disk } = world;
  const file = disk.entry(main);
  const backup = disk.entry(backupOf(main));
  if (backup.kind !== "file" || (file.kind === "file" && blockIn(file.text) !== undefined)) return undefined;
  const dropIn = disk.entry(DROP_IN);
  const ours = dropIn.kind === "file" ? asWritten(dropIn.text, dropInText) : undefined;
  const chain = (agentOf(ours?.command ?? "")?.chained.length ?? 0) > 0;
  const note = dropIn.kind === "file" ? DROP_IN : backupOf(main);
  for (const flags of flagsFor(chain, mayReplace(look))) {
    const wishes: Wishes = {
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
const mayReplace = ({ answer, walk }: Look): boolean =>
  isShown(answer) && answer.everybody.command !== undefined && ownLinesForSome(walk).length === 0;
