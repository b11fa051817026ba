/** Files that other programs read at any time: a reader finds the old content or the new one, never a part. */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Puts a path in place of another in the same folder, and syncs nothing.
 * @param fresh a name that no reader looks for; it is gone afterwards
 * @param make creates `fresh`
 * @throws Error of the system; the old file is then still there
 */
export function putInPlace(path: string, fresh: string, make: (fresh: string) => void): void {
  try {
    make(fresh);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

/** Writes a new file, whatever the umask is, and syncs it to the disk. No link is followed. @param owner by default, this user */
export function writeSynced(path: string, bytes: Uint8Array, mode: number, owner?: Owner): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    writeFileSync(fd, bytes);
    if (owner !== undefined) fchownSync(fd, owner.uid, owner.gid);
    fchmodSync(fd, mode);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Syncs a directory: a new name is on the disk only after that. Some file systems do not support it. */
export function syncFolder(folder: string): void {
  try {
    const fd = openSync(folder, constants.O_RDONLY);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    // The name exists nevertheless.
  }
}
