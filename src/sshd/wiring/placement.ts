/**
 * Chooses the place for our two lines: the placement with the least change that wins by the rules of sshd's files, tried on
 * the disk as it would be. Pure.
 */
import { type ConfigScan, globalSource, walkConfig } from "../inspect/config-walk.ts";
import { MAIN } from "../inspect/every-sshd.ts";
import { ABSENT, type Change, type FileSystem, newFile, withChanges } from "../inspect/file-changes.ts";
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

/** The host: its files without our lines, and the setting words of sshd's command line. */
export interface Host {
  readonly disk: FileSystem;
  readonly main: string;
  readonly words: readonly string[];
}

/** The steps that are allowed if the drop-in alone does not win. */
interface Allowed {
  /** A second drop-in, because of which sshd reads the first one before others. */
  readonly earlyDropIn: boolean;
  /** A block in the main file. */
  readonly mainFile: boolean;
}

/**
 * Tries the drop-in, then the drop-in that is read first, then a block in the main file.
 * @param overOther whether another command or `none` is in force, and a flag says what happens to it
 */
export function place(
  host: Host,
  ours: ManagedSettings,
  options: EnableOptions,
  overOther: boolean,
): Change[] | Refusal {
  const dropIn = dropInChanges(host, ours);
  if (wins(dropIn, host, ours)) return dropIn;

  const allowed = allowedBy(options, overOther);
  const withDropIn = walkConfig(host.main, withChanges(host.disk, dropIn));
  const flaw = commandUserFlaw(withDropIn, host, ours, allowed);
  if (flaw !== undefined) return flaw;
  const isRead = withDropIn.files.includes(DROP_IN);
  const early = isRead && allowed.earlyDropIn ? withEarlyDropIn(dropIn, host, ours) : undefined;
  if (early !== undefined) return early;
  return allowed.mainFile ? inMainFile(dropIn, host, ours) : { why: "no-include", main: host.main };
}

/**
 * A flag for the command in force includes the steps that it needs (docs/decisions/0081). `--replace-aws` is for packages:
 * without an administrator's decision, the main file stays as it is.
 */
function allowedBy({ editMain, otherCommand }: EnableOptions, overOther: boolean): Allowed {
  const isAdministrators = otherCommand === "replace" || otherCommand === "chain";
  return {
    earlyDropIn: overOther || otherCommand === "replace",
    mainFile: editMain || (overOther && isAdministrators),
  };
}

function wins(changes: readonly Change[], { disk, main, words }: Host, ours: ManagedSettings): boolean {
  const walk = walkConfig(main, withChanges(disk, changes));
  return (
    globalSource("authorizedkeyscommand", walk, words)?.value === ours.command &&
    globalSource("authorizedkeyscommanduser", walk, words)?.value === ours.user
  );
}

/** Returns the drop-in, after the directory of drop-ins if it has to be made. */
function dropInChanges({ disk, main }: Host, ours: ManagedSettings): Change[] {
  const isNewFolder = disk.entry(DROP_INS).kind === "absent";
  const folder: Change = { path: DROP_INS, before: ABSENT, after: { kind: "folder", mode: 0o755 } };
  const text = dropInText(isNewFolder ? { ...ours, folder: DROP_INS } : ours);
  const dropIn: Change = { path: DROP_IN, before: disk.entry(DROP_IN), after: newFile(text, modeFor(main, disk)) };
  return isNewFolder ? [folder, dropIn] : [dropIn];
}

/**
 * Returns the mode for our files. Hosts under CIS or STIG rules require 0600 for files that sshd reads: our files are
 * readable to no more users than the main file.
 */
function modeFor(main: string, disk: FileSystem): number {
  const mode = disk.mode(main) ?? 0o644;
  return 0o600 | (mode & 0o044);
}

/** Returns the refusal if an AuthorizedKeysCommandUser of another file would be the user of our command. */
function commandUserFlaw(
  withDropIn: ConfigScan,
  { words }: Host,
  ours: ManagedSettings,
  allowed: Allowed,
): Refusal | undefined {
  const source = globalSource("authorizedkeyscommanduser", withDropIn, words);
  if (source === undefined || source.value === ours.user) return undefined;
  const commandUser = source.value;
  if (source.kind === "file" && source.match.length > 0)
    return { why: "match", user: undefined, command: ours.command, commandUser, source, ours };
  const isRead = withDropIn.files.includes(DROP_IN);
  return isRead && !allowed.earlyDropIn ? { why: "other-user", user: commandUser, source } : undefined;
}

/** Adds the second drop-in at the first of its paths that is free and wins. */
function withEarlyDropIn(dropIn: readonly Change[], host: Host, ours: ManagedSettings): Change[] | undefined {
  const { disk, main } = host;
  for (const path of EARLY_DROP_INS) {
    const before = disk.entry(path);
    const both = [...dropIn, { path, before, after: newFile(firstText(), modeFor(main, disk)) }];
    if (before.kind === "absent" && wins(both, host, ours)) return both;
  }
  return undefined;
}

function inMainFile(dropIn: readonly Change[], { disk, main }: Host, ours: ManagedSettings): Change[] | Refusal {
  const file = disk.entry(main);
  if (file.kind === "absent") return { why: "no-include", main };
  if (file.kind !== "file") return { why: "not-a-file", path: main, what: KINDS[file.kind], ours };
  const backup = backupOf(main);
  const block: Change[] = [
    { path: backup, before: disk.entry(backup), after: file },
    { path: main, before: file, after: { ...file, text: blockText(ours) + file.text } },
  ];
  // A new directory cannot be shown to sshd before it is made; then only the backup shows that the block existed
  // (block-lost.ts). With another main file (-f), the drop-in would be read by a different sshd, which is not to be changed.
  const isNewFolder = dropIn.some(({ path }) => path === DROP_INS);
  return isNewFolder || main !== MAIN ? block : [...dropIn, ...block];
}
