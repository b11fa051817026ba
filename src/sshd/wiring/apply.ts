/**
 * Applies changes, each completely or not at all: a new file is written in the same directory under a name that no Include
 * and no unit directory reads, synced to the disk, and renamed. Applied changes can be undone, in reverse order.
 */
import { chmodSync, mkdirSync, rmdirSync, symlinkSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "../../errno.ts";
import { putInPlace, syncFolder, writeSynced } from "../../host/whole-file.ts";
import { type Change, type Entry, isSame, systemDisk } from "../inspect/file-changes.ts";

export interface Applied {
  /** @returns paths that could not be restored; empty unless the file system failed */
  undo(): { path: string; code: string }[];
}

/** The error that prevented a change; the changes before it have been undone. */
export class NotApplied extends Error {
  override readonly name = "NotApplied";
  readonly path: string;
  readonly code: string;
  readonly left: readonly { path: string; code: string }[];

  constructor(path: string, code: string, left: readonly { path: string; code: string }[]) {
    super(`${path}: ${code}`);
    this.path = path;
    this.code = code;
    this.left = left;
  }
}

/** @throws NotApplied */
export function apply(changes: readonly Change[]): Applied {
  const done: Change[] = [];
  const undo = () =>
    done
      .splice(0)
      .toReversed()
      .flatMap(({ path, before, after }) => {
        try {
          put(path, before, after);
          return [];
        } catch (error) {
          return [{ path, code: codeOf(error) }];
        }
      });
  for (const change of changes) {
    const { path, before, after } = change;
    try {
      if (!isSame(systemDisk.entry(path), before))
        throw Object.assign(new Error(), { code: "it was changed just now" });
      put(path, after, before);
      done.push(change);
    } catch (error) {
      throw new NotApplied(path, codeOf(error), undo());
    }
  }
  return { undo };
}

let written = 0;

/** @param instead the state of the path now */
function put(path: string, entry: Entry, instead: Entry): void {
  const folder = dirname(path);
  if (entry.kind === "absent") {
    if (instead.kind === "folder") rmdirSync(path);
    else if (instead.kind !== "absent") unlinkSync(path);
  } else if (entry.kind === "folder") {
    mkdirSync(path);
    chmodSync(path, entry.mode);
  } else if (entry.kind !== "other") {
    written += 1;
    const fresh = `${folder}/.eic-agent-${process.pid}-${written}.new`;
    putInPlace(path, fresh, (name) => {
      if (entry.kind === "link") symlinkSync(entry.target, name);
      else writeSynced(name, Buffer.from(entry.text, "latin1"), entry.mode, entry);
    });
  }
  syncFolder(folder);
}
