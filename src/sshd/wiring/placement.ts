/**
 * Chooses the place for our two lines: the placement with the least change that wins by the rules of sshd's files, tried on
 * the disk as it would be. Pure.
 */
import { globalSource, walkConfig } from "../inspect/config-walk.ts";
import { MAIN } from "../inspect/every-sshd.ts";
import { ABSENT, type Change, type Entry, type FileSystem, newFile, withChanges } from "../inspect/file-changes.ts";
import {
  backupOf,
  blockText,
  DROP_IN,
  DROP_INS,
  dropInText,
  EARLY_DROP_INS,
  firstText,
  type ManagedSettings,
} from "./managed-files.ts";
import type { EnableOptions } from "./plan.ts";
import type { Refusal } from "./refusal.ts";
import { KINDS } from "./removal.ts";

/**
 * Tries the drop-in, then the drop-in that is read first, then a block in the main file.
 * @param overForeign whether another command is in force, and a flag says what happens to it
 */
export function place(
  disk: FileSystem,
  main: string,
  words: readonly string[],
  ours: ManagedSettings,
  { editMain, replace, chain }: EnableOptions,
  overForeign: boolean,
): Change[] | Refusal {
  const wins = (changes: readonly Change[]): boolean => {
    const walk = walkConfig(main, withChanges(disk, changes));
    return (
      globalSource("authorizedkeyscommand", walk, words)?.value === ours.command &&
      globalSource("authorizedkeyscommanduser", walk, words)?.value === ours.user
    );
  };
  const folder: Change[] =
    disk.entry(DROP_INS).kind === "absent"
      ? [{ path: DROP_INS, before: ABSENT, after: { kind: "folder", mode: 0o755 } }]
      : [];
  const text = dropInText(folder.length === 0 ? ours : { ...ours, folder: DROP_INS });
  const mode = modeFor(main, disk);
  const dropIn = [...folder, { path: DROP_IN, before: disk.entry(DROP_IN), after: newFile(text, mode) }];
  if (wins(dropIn)) return dropIn;

  const walk = walkConfig(main, withChanges(disk, dropIn));
  const isRead = walk.files.includes(DROP_IN);
  const userLine = globalSource("authorizedkeyscommanduser", walk, words);
  // A flag for the command in force applies wherever it is set. A package's script has no decision of an administrator.
  const mayGoFirst = overForeign || replace === "any";
  if (userLine?.kind === "file" && userLine.match.length > 0 && userLine.value !== ours.user)
    return {
      why: "match",
      user: undefined,
      command: ours.command,
      commandUser: userLine.value,
      source: userLine,
      ours,
    };
  if (isRead && !mayGoFirst && userLine !== undefined && userLine.value !== ours.user)
    return { why: "other-user", user: userLine.value, source: userLine };
  if (isRead && mayGoFirst) {
    for (const path of EARLY_DROP_INS) {
      const both = [...dropIn, { path, before: disk.entry(path), after: newFile(firstText(), mode) }];
      if (disk.entry(path).kind === "absent" && wins(both)) return both;
    }
  }
  if (!editMain && !(overForeign && (replace === "any" || chain))) return { why: "no-include", main };
  const file = disk.entry(main);
  if (file.kind === "absent") return { why: "no-include", main };
  if (file.kind !== "file") return { why: "not-a-file", path: main, what: KINDS[file.kind], ours };
  // A new directory cannot be shown to sshd before it is made; then only the backup shows that the block existed
  // (block-lost.ts). With another main file (-f), the drop-in would be read by a different sshd, which is not to be changed.
  const note = folder.length === 0 && main === MAIN ? dropIn : [];
  return [...note, ...block(disk, main, file, ours)];
}

/**
 * Returns the mode for our files. Hosts under CIS or STIG rules require 0600 for files that sshd reads: our files are
 * readable to no more users than the main file.
 */
function modeFor(main: string, disk: FileSystem): number {
  const mode = disk.mode(main) ?? 0o644;
  return 0o600 | (mode & 0o044);
}

function block(disk: FileSystem, main: string, file: Entry & { kind: "file" }, ours: ManagedSettings): Change[] {
  const backup = backupOf(main);
  return [
    { path: backup, before: disk.entry(backup), after: file },
    { path: main, before: file, after: { ...file, text: blockText(ours) + file.text } },
  ];
}
