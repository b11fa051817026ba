/**
 * The complete state of a path, so that it can be restored byte for byte, and changes as values: the state before and the
 * state after. A plan is a list of changes; undoing it applies the same list in reverse. `withChanges()` shows the disk as
 * it would be. Nothing is written here (apply.ts does).
 */
import { lstatSync, readFileSync, readlinkSync, statSync } from "node:fs";
import type { ConfigFiles } from "./config-walk.ts";
import { byBytes, matches, systemFiles } from "./glob.ts";

export type Entry =
  | { readonly kind: "absent" }
  /** `text` has one character for each byte (latin1): nothing is lost in any encoding. */
  | { readonly kind: "file"; readonly text: string; readonly mode: number; readonly uid: number; readonly gid: number }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "folder"; readonly mode: number }
  | { readonly kind: "other" };

export interface Change {
  readonly path: string;
  readonly before: Entry;
  readonly after: Entry;
}

export interface FileSystem extends ConfigFiles {
  /**
   * Returns the state of the path itself: a link is not followed.
   * @throws Error with a code if it cannot be read
   */
  entry(path: string): Entry;
  /** Returns the permission bits of the file that a path leads to; undefined if it does not exist or cannot be read. */
  mode(path: string): number | undefined;
}

export const ABSENT: Entry = { kind: "absent" };

/** Returns a new file that belongs to root and is readable for all, as packages install files. */
export const newFile = (text: string, mode = 0o644): Entry => ({ kind: "file", text, mode, uid: 0, gid: 0 });

export const systemDisk: FileSystem = { ...systemFiles, entry: entryAt, mode: modeAt };

function modeAt(path: string): number | undefined {
  try {
    return statSync(path).mode & 0o7777;
  } catch {
    return undefined;
  }
}

function entryAt(path: string): Entry {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return ABSENT;
  const { uid, gid } = stats;
  const mode = stats.mode & 0o7777;
  if (stats.isSymbolicLink()) return { kind: "link", target: readlinkSync(path) };
  if (stats.isDirectory()) return { kind: "folder", mode };
  if (!stats.isFile()) return { kind: "other" };
  return { kind: "file", text: readFileSync(path, "latin1"), mode, uid, gid };
}

export function isSame(a: Entry, b: Entry): boolean {
  if (a.kind === "file" && b.kind === "file")
    return a.text === b.text && a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
  if (a.kind === "link" && b.kind === "link") return a.target === b.target;
  if (a.kind === "folder" && b.kind === "folder") return a.mode === b.mode;
  return a.kind === b.kind;
}

/** Returns the disk as it would be after `changes`. */
export function withChanges(disk: FileSystem, changes: readonly Change[]): FileSystem {
  const made = new Map(changes.map(({ path, after: entry }) => [path, entry]));
  return {
    entry: (path) => made.get(path) ?? disk.entry(path),
    mode(path) {
      const entry = made.get(path);
      if (entry === undefined) return disk.mode(path);
      return entry.kind === "file" ? entry.mode : undefined;
    },
    read(path) {
      const entry = made.get(path);
      if (entry === undefined) return disk.read(path);
      if (entry.kind === "file") return Buffer.from(entry.text, "latin1").toString("utf8");
      throw Object.assign(new Error(`no file: ${path}`), { code: entry.kind === "absent" ? "ENOENT" : "EISDIR" });
    },
    glob(pattern) {
      const kept = disk.glob(pattern).filter((path) => made.get(path)?.kind !== "absent");
      const added = [...made]
        .filter(([path, { kind }]) => kind !== "absent" && !kept.includes(path) && matches(pattern, path))
        .map(([path]) => path);
      return [...kept, ...added].toSorted(byBytes);
    },
  };
}

/** Merges changes: for each path, the first state before and the last state after. Omits those that change nothing. */
export function mergeChanges(...lists: readonly (readonly Change[])[]): Change[] {
  const byPath = new Map<string, Change>();
  for (const change of lists.flat()) {
    const { before } = byPath.get(change.path) ?? change;
    byPath.set(change.path, { ...change, before });
  }
  return [...byPath.values()].filter((change) => !isSame(change.before, change.after));
}
