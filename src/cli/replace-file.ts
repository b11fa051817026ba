/**
 * Writes a file that another program reads at any time: readers see the old content or the new one, never a part. The
 * folder may belong to another user, so no name in it is followed.
 */
import { lstatSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { putInPlace, syncFolder, writeSynced } from "../host/whole-file.ts";

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
  putInPlace(path, fresh, (name) => writeSynced(name, Buffer.from(text), MODE));
  syncFolder(folder);
}

function removeAbandoned(folder: string, prefix: string): void {
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix) && name.endsWith(".new"));
  for (const path of names.map((name) => join(folder, name))) {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_MS) rmSync(path, { force: true });
  }
}
