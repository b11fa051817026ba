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
  /** The value of our PermitUserEnvironment; undefined if we wrote no such line. */
  readonly permits: string | undefined;
  /** Files that keep lines that this program did not write. */
  readonly edited: readonly string[];
  /** Paths that cannot be removed, and why. */
  readonly leftovers: readonly Leftover[];
}

interface Leftover {
  readonly path: string;
  readonly why: string;
}

/** One piece of this program on the disk, and what removes it. */
interface Piece {
  readonly changes?: readonly Change[];
  /** A text that this program wrote, with its records. */
  readonly written?: string;
  /** The file, if it keeps lines that this program did not write. */
  readonly edited?: string;
  readonly leftover?: Leftover;
}

/** Drop-ins of units in /etc, put there by an administrator or by this program. */
const UNIT_DROP_INS = "/etc/systemd/system/ssh*.service.d";

export const KINDS = { link: "a link", folder: "a folder", other: "a device" } as const;

/** @param main sshd's main file */
export function removal(disk: FileSystem, main: string): Removal {
  const pieces = [
    ...[DROP_IN, ...EARLY_DROP_INS].map((path) => dropIn(path, disk)),
    blockOf(main, disk),
    backup(main, disk),
    ...disk.glob(`${UNIT_DROP_INS}/*.conf`).map((path) => hidingDropIn(path, disk)),
    ...disk.glob(`${UNIT_DROP_INS}/*${DISABLED_SUFFIX}`).map((path) => disabledDropIn(path, disk)),
  ];
  const changes = pieces.flatMap((piece) => piece.changes ?? []);
  const records = pieces.flatMap(({ written }) => (written === undefined ? [] : [recordsIn(written)]));
  const folders = records.flatMap(({ folder }) => folder ?? []);
  return {
    changes: [...changes, ...emptyFolders(folders, disk, changes)],
    member: records.find(({ member }) => member !== undefined)?.member,
    permits: records.find(({ permits }) => permits !== undefined)?.permits,
    edited: pieces.flatMap(({ edited }) => edited ?? []),
    leftovers: pieces.flatMap(({ leftover }) => leftover ?? []),
  };
}

function dropIn(path: string, disk: FileSystem): Piece {
  const before = disk.entry(path);
  if (before.kind === "absent") return {};
  if (before.kind !== "file") return { leftover: { path, why: KINDS[before.kind] } };
  const written = before.text;
  const text = stripManaged(written);
  if (text === written) return { written };
  if (text === "") return { written, changes: [{ path, before, after: ABSENT }] };
  return { written, edited: path, changes: [{ path, before, after: { ...before, text } }] };
}

function blockOf(main: string, disk: FileSystem): Piece {
  const before = disk.entry(main);
  if (before.kind !== "file") return {};
  const block = blockIn(before.text);
  if (block === undefined) return {};
  if (block === "open") return { leftover: { path: main, why: "its line # END eic-agent is missing" } };
  const text = withoutBlock(before.text, block);
  const changes = [{ path: main, before, after: { ...before, text } }];
  const keepsLines = text.length > before.text.length - block.block.length;
  return keepsLines ? { written: block.block, changes, edited: main } : { written: block.block, changes };
}

/** The backup of a main file with an open block stays: it may be needed to mend that file. */
function backup(main: string, disk: FileSystem): Piece {
  const path = backupOf(main);
  const [before, file] = [disk.entry(path), disk.entry(main)];
  const isOpen = file.kind === "file" && blockIn(file.text) === "open";
  return before.kind !== "file" || isOpen ? {} : { changes: [{ path, before, after: ABSENT }] };
}

/** The file that hides a unit's drop-in of the same name. */
function hidingDropIn(path: string, disk: FileSystem): Piece {
  const before = disk.entry(path);
  if (before.kind !== "file" || !isHiding(before.text)) return {};
  return { written: before.text, changes: [{ path, before, after: ABSENT }] };
}

/** A unit's drop-in that was renamed, and gets its name back. */
function disabledDropIn(path: string, disk: FileSystem): Piece {
  const name = path.slice(0, -DISABLED_SUFFIX.length);
  const [entry, there] = [disk.entry(path), disk.entry(name)];
  if (there.kind !== "absent") return { leftover: { path, why: `${name} exists again` } };
  return {
    changes: [
      { path: name, before: there, after: entry },
      { path, before: entry, after: ABSENT },
    ],
  };
}

/** Returns the changes that remove those directories that nothing is left in. */
function emptyFolders(folders: readonly string[], disk: FileSystem, changes: readonly Change[]): Change[] {
  const bare = withChanges(disk, changes);
  return folders.flatMap((path) => {
    const before = disk.entry(path);
    const inside = ["*", ".*"].flatMap((pattern) => bare.glob(`${path}/${pattern}`));
    return before.kind === "folder" && inside.length === 0 ? [{ path, before, after: ABSENT }] : [];
  });
}
