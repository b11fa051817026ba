/**
 * sshd's command line overrides every file, so another agent's `-o AuthorizedKeysCommand` there must be removed first. If it
 * comes from a drop-in of the unit, that drop-in is hidden: by a file of the same name in /etc (systemd.unit(5)) or, if it
 * is in /etc itself, by renaming it. Pure.
 */
import { dirname } from "node:path";
import { commandLineSettings } from "../inspect/config-walk.ts";
import { ABSENT, type Change, type FileSystem, newFile, withChanges } from "../inspect/file-changes.ts";
import { settingWords, sshdUnit } from "../inspect/unit.ts";
import { DISABLED_SUFFIX, hidingText } from "./managed-files.ts";
import type { Refusal } from "./refusal.ts";

const ADMINS = "/etc/systemd/system";
const OURS_TO_BEAT = ["authorizedkeyscommand", "authorizedkeyscommanduser"];

/** @returns the changes that hide them, and the setting words that remain on the command line */
export function overrideUnit(
  disk: FileSystem,
  {
    processArgs,
    unitNames,
  }: { readonly processArgs: readonly string[] | undefined; readonly unitNames: readonly string[] | undefined },
): { changes: readonly Change[]; words: readonly string[] } | Refusal {
  const changes: Change[] = [];
  for (;;) {
    const unit = sshdUnit(withChanges(disk, changes), unitNames);
    const words = processArgs ?? settingWords(unit?.words ?? []);
    const option = commandLineSettings(words).find(({ keyword }) => OURS_TO_BEAT.includes(keyword));
    if (option === undefined) return { changes, words };
    const place = processArgs === undefined && unit !== undefined ? `${unit.file}:${unit.line}` : "the running sshd";
    if (unit === undefined || processArgs !== undefined || !isExecStartAlone(unit.file, disk))
      return { why: "command-line", place, value: option.value };
    changes.push(...hidden(unit.file, disk));
  }
}

/** Checks whether a file is a drop-in of a unit that only changes how sshd is started. */
function isExecStartAlone(path: string, disk: FileSystem): boolean {
  if (!/\.service\.d\/[^/]+\.conf$/.test(path) || /\/service\.d\//.test(path)) return false;
  const lines = disk.read(path).replace(/\\\n/g, " ").split("\n");
  return lines.every((line) => /^\s*(#.*|;.*|\[Service\]|ExecStart\s*=.*|)\s*$/.test(line));
}

function hidden(path: string, disk: FileSystem): Change[] {
  if (path.startsWith(`${ADMINS}/`)) {
    const entry = disk.entry(path);
    return [
      { path: path + DISABLED_SUFFIX, before: disk.entry(path + DISABLED_SUFFIX), after: entry },
      { path, before: entry, after: ABSENT },
    ];
  }
  const place = `${ADMINS}/${path.split("/").slice(-2).join("/")}`;
  const folder = dirname(place);
  const isNew = disk.entry(folder).kind === "absent";
  const made: Change[] = isNew ? [{ path: folder, before: ABSENT, after: { kind: "folder", mode: 0o755 } }] : [];
  const text = hidingText(path, isNew ? folder : undefined);
  return [...made, { path: place, before: disk.entry(place), after: newFile(text) }];
}
