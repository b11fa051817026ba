/** The changes that `disable` makes: they remove every piece of this program on the disk, and nothing else. Pure. */
import { ABSENT, type Change, type FileSystem, withChanges } from "../inspect/file-changes.ts";
import {
  backupOf,
  blockIn,
  DISABLED_SUFFIX,
  DROP_IN,
  EARLY_DROP_INS,
  isHiding,
  recordsIn,
  stripManaged,
  withoutBlock,
} from "./managed-files.ts";

export interface Removal {
  readonly changes: readonly Change[];
  /** The user who leaves our group, if `enable` had added one. */
  readonly member: string | undefined;
  /** Files that keep lines that this program did not write. */
  readonly edited: readonly string[];
  /** Paths that cannot be removed, and why. */
  readonly stuck: readonly { readonly path: string; readonly why: string }[];
}

/** Drop-ins of units in /etc, put there by an administrator or by this program. */
const UNIT_DROP_INS = "/etc/systemd/system/ssh*.service.d";

export const KINDS = { link: "a link", folder: "a folder", other: "a device" } as const;

/** @param main sshd's main file */
export function removal(disk: FileSystem, main: string): Removal {
  const changes: Change[] = [];
  const edited: string[] = [];
  const leftovers: { path: string; why: string }[] = [];
  const folders: string[] = [];
  let member: string | undefined;
  const remember = (text: string) => {
    const records = recordsIn(text);
    member ??= records.member;
    if (records.folder !== undefined) folders.push(records.folder);
  };

  for (const path of [DROP_IN, ...EARLY_DROP_INS]) {
    const before = disk.entry(path);
    if (before.kind === "file") {
      remember(before.text);
      const text = stripManaged(before.text);
      if (text === before.text) continue;
      if (text !== "") edited.push(path);
      changes.push({ path, before, after: text === "" ? ABSENT : { ...before, text } });
    } else if (before.kind !== "absent") leftovers.push({ path, why: KINDS[before.kind] });
  }

  const before = disk.entry(main);
  const block = before.kind === "file" ? blockIn(before.text) : undefined;
  if (block === "open") leftovers.push({ path: main, why: "its line # END eic-agent is missing" });
  else if (before.kind === "file" && block !== undefined) {
    remember(block.block);
    const text = withoutBlock(before.text, block);
    if (text.length > before.text.length - block.block.length) edited.push(main);
    changes.push({ path: main, before, after: { ...before, text } });
  }
  const backup = disk.entry(backupOf(main));
  if (backup.kind === "file" && block !== "open") changes.push({ path: backupOf(main), before: backup, after: ABSENT });

  for (const path of disk.glob(`${UNIT_DROP_INS}/*.conf`)) {
    const entry = disk.entry(path);
    if (entry.kind !== "file" || !isHiding(entry.text)) continue;
    remember(entry.text);
    changes.push({ path, before: entry, after: ABSENT });
  }
  for (const path of disk.glob(`${UNIT_DROP_INS}/*${DISABLED_SUFFIX}`)) {
    const [entry, name] = [disk.entry(path), path.slice(0, -DISABLED_SUFFIX.length)];
    const there = disk.entry(name);
    if (there.kind !== "absent") leftovers.push({ path, why: `${name} exists again` });
    else changes.push({ path: name, before: there, after: entry }, { path, before: entry, after: ABSENT });
  }
  const bare = withChanges(disk, changes);
  for (const path of folders) {
    const entry = disk.entry(path);
    const inside = ["*", ".*"].flatMap((pattern) => bare.glob(`${path}/${pattern}`));
    if (entry.kind === "folder" && inside.length === 0) changes.push({ path, before: entry, after: ABSENT });
  }
  return { changes, member, edited, stuck: leftovers };
}
