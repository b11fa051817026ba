/**
 * Writes a file that another program reads at any time: readers see the old content or the new one, never a part. The
 * folder may belong to another user, so no name in it is followed.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

/** Readable for the collector, which is another user. */
const MODE = 0o644;
/** Milliseconds: no write takes that long, so an older unfinished file is of a process that was killed. */
const ABANDONED_MS = 600_000;

/** @throws Error of the system if it cannot be written; the old file is then still there */
export function replaceFile(path: string, text: string): void {
  const folder = dirname(path);
  const prefix = `.${basename(path)}.`;
  removeAbandoned(folder, prefix);
  // Not *.prom: node_exporter reads every file of that name.
  const fresh = join(folder, `${prefix}${process.pid}.new`);
  try {
    writeSynced(fresh, text);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
  syncFolder(folder);
}

function writeSynced(path: string, text: string): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    writeFileSync(fd, text);
    // Whatever the umask is.
    fchmodSync(fd, MODE);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function removeAbandoned(folder: string, prefix: string): void {
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix) && name.endsWith(".new"));
  for (const path of names.map((name) => join(folder, name))) {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_MS) rmSync(path, { force: true });
  }
}

/** A new name is on the disk only after that. Some file systems do not support it; the name exists nevertheless. */
function syncFolder(folder: string): void {
  let fd: number | undefined;
  try {
    fd = openSync(folder, constants.O_RDONLY);
    fsyncSync(fd);
  } catch {
    // As said above.
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
