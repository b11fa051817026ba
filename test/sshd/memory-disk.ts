/** A file system in memory for pure code: paths with their entries, and the application of changes. */
import {
  ABSENT,
  type Change,
  type Entry,
  type FileSystem,
  isSame,
  newFile,
} from "../../src/sshd/inspect/file-changes.ts";
import { byBytes, matches } from "../../src/sshd/inspect/glob.ts";

export type Tree = ReadonlyMap<string, Entry>;

export const treeOf = (files: Readonly<Record<string, string>>): Tree =>
  new Map(Object.entries(files).map(([path, text]) => [path, newFile(text)]));

export function diskOf(tree: Tree): FileSystem {
  const folders = new Set([...tree.keys()].map((path) => path.slice(0, path.lastIndexOf("/"))));
  const folder: Entry = { kind: "folder", mode: 0o755 };
  return {
    entry: (path) => tree.get(path) ?? (folders.has(path) ? folder : ABSENT),
    mode(path) {
      const entry = tree.get(path);
      return entry?.kind === "file" ? entry.mode : undefined;
    },
    read(path) {
      const entry = tree.get(path);
      if (entry?.kind !== "file") throw Object.assign(new Error(path), { code: "ENOENT" });
      return entry.text;
    },
    glob: (pattern) => [...tree.keys()].filter((path) => matches(pattern, path)).toSorted(byBytes),
  };
}

/** @throws Error if a change's `before` differs from the present entry */
export function applied(tree: Tree, changes: readonly Change[]): Tree {
  const made = new Map(tree);
  for (const { path, before, after } of changes) {
    const there = diskOf(made).entry(path);
    // A folder exists if a file is in it.
    if (before.kind !== "folder" && after.kind !== "folder" && !isSame(there, before))
      throw new Error(`${path} is not as said`);
    if (after.kind === "absent") made.delete(path);
    else made.set(path, after);
  }
  return made;
}
