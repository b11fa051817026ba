/**
 * The line `PermitUserEnvironment` in our files, for the variables of `[session] caller_variable`: whether it is wanted here,
 * and the change that adds or removes it in files that are otherwise right. It never overrules a value that an administrator
 * chose, and our command is in force with or without it (docs/decisions/0192). Pure.
 */
import { type ConfigScan, walkConfig } from "../inspect/config-walk.ts";
import { type Change, type FileSystem, withChanges } from "../inspect/file-changes.ts";
import { isTrueFor, OPENSSH } from "../inspect/openssh-versions.ts";
import { listOf, permitSource, type SessionSetting } from "../inspect/user-environment.ts";
import { blockIn, blockText, DROP_IN, dropInText, type ManagedSettings, parseUnmodified } from "./managed-files.ts";
import { removal } from "./removal.ts";

/** sshd's files and how it is started. */
export interface LinePlace {
  readonly disk: FileSystem;
  readonly main: string;
  readonly words: readonly string[];
  readonly version: string | undefined;
}

/**
 * Returns the value that our line must have; undefined for no line. Only the default and a plain `no` are overruled. `yes`
 * and a list that has the names need no line, and a list without them is an administrator's decision.
 */
export function wantedLine(session: SessionSetting, { disk, main, words, version }: LinePlace): string | undefined {
  const removed = removal(disk, main);
  // Settings that cannot be read are not settings without the variable: the line stays as it is.
  if (session.kind === "unread") return removed.permits;
  if (session.kind === "off" || isTrueFor(OPENSSH.environmentList, version) === false) return undefined;
  const without = permitSource(walkConfig(main, withChanges(disk, removed.changes)), words);
  return without === undefined || without.value === "no" ? listOf(session.names) : undefined;
}

/** Checks whether sshd would read another line, or none. Then our line has no use, and is not written. */
export const isUseless = (permits: string, walk: Pick<ConfigScan, "settings">, words: readonly string[]): boolean =>
  permitSource(walk, words)?.value !== permits;

/** Returns the changes that give our files this line, or take it out. A file that was edited is left as it is. */
export function lineChanges(disk: FileSystem, main: string, permits: string | undefined): Change[] {
  const changed = (text: string, print: (ours: ManagedSettings) => string): string => {
    const ours = parseUnmodified(text, print);
    return ours === undefined ? text : print({ ...ours, permits });
  };
  const inBlock = (text: string): string => {
    const block = blockIn(text);
    if (typeof block !== "object") return text;
    return text.slice(0, block.start) + changed(block.block, blockText) + text.slice(block.end);
  };
  return [...inFile(DROP_IN, disk, (text) => changed(text, dropInText)), ...inFile(main, disk, inBlock)];
}

function inFile(path: string, disk: FileSystem, edit: (text: string) => string): Change[] {
  const before = disk.entry(path);
  if (before.kind !== "file") return [];
  const text = edit(before.text);
  return text === before.text ? [] : [{ path, before, after: { ...before, text } }];
}
