/** Reads a folder of outputs of `doctor --json`, file after file, and merges them. */
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { hostNames } from "../../doctor/merge/host-names.ts";
import { type HostReading, unreadable } from "../../doctor/merge/host-result.ts";
import { type HostsReport, openMerge } from "../../doctor/merge/merge.ts";
import { readOutput } from "../../doctor/merge/read-output.ts";
import { codeOf } from "../../errno.ts";
import { UsageError } from "../errors.ts";

/** Bytes of one file: fifty times the size of a result with what a tool adds to it. */
const FILE_LIMIT = 1024 * 1024;

/**
 * @param onProgress is called before each file
 * @throws UsageError if there is no such folder, or nothing in it
 */
export function mergeFolder(folder: string, onProgress: (read: number, all: number) => void): HostsReport {
  const files = filesIn(folder);
  const hosts = hostNames(files);
  const merge = openMerge();
  const buffer = Buffer.allocUnsafe(FILE_LIMIT + 1);
  for (const [i, file] of files.entries()) {
    onProgress(i, files.length);
    merge.add({ host: hosts.get(file) ?? file, file }, readFile(join(folder, file), buffer));
  }
  return merge.report();
}

function filesIn(folder: string): string[] {
  let files: string[];
  try {
    files = readdirSync(folder).toSorted();
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENAMETOOLONG") throw new UsageError(`--merge ${folder}: no such folder`);
    if (code === "ENOTDIR") throw new UsageError(`--merge ${folder}: not a folder`);
    throw error;
  }
  if (files.length === 0) throw new UsageError(`--merge ${folder}: the folder is empty`);
  return files;
}

/** @param buffer is used again for each file */
function readFile(path: string, buffer: Buffer): HostReading {
  let fd: number | undefined;
  try {
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const stats = fstatSync(fd);
    if (stats.isDirectory()) return unreadable("a folder; files below it are not read");
    if (!stats.isFile()) return unreadable("not a regular file");
    let size = 0;
    for (let more = -1; more !== 0 && size <= FILE_LIMIT; size += more) {
      more = stats.size > FILE_LIMIT ? buffer.length : readSync(fd, buffer, size, buffer.length - size, null);
    }
    if (size > FILE_LIMIT) return unreadable("larger than 1 MiB");
    return readOutput(buffer.toString("utf8", 0, size));
  } catch (error) {
    return unreadable(`cannot be read (${codeOf(error)})`);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
