/** Reads the text files in which syslog daemons keep sshd's lines, with those that logrotate has renamed or compressed. */
import { constants, readdirSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { codeOf } from "../../errno.ts";
import type { Entry } from "../entry.ts";
import { parseSyslogLine } from "../syslog-line.ts";
import { LineScanner } from "./line-scanner.ts";

/** Logs of authpriv: Debian's and Ubuntu's, then EL's and Amazon Linux's. */
export const LOGIN_LOGS: readonly string[] = ["/var/log/auth.log", "/var/log/secure"];

export interface TextFile {
  readonly path: string;
  readonly bytes: number;
  /** The last change: no line is newer. */
  readonly changed: Date;
  readonly compressed: boolean;
}

export interface TextFiles {
  /** In the order of their lines. */
  readonly files: readonly TextFile[];
  /** Files that would be read, but are compressed by a method other than gzip. */
  readonly skipped: readonly string[];
}

/** Returns a log and its rotated files, without those that end before `since`. */
export function textFilesOf(log: string, since: Date): TextFiles {
  const folder = dirname(log);
  const name = basename(log).replace(/\./g, "\\.");
  const rotated = new RegExp(`^${name}(?:[.-]\\d{1,10}(?:-\\d{1,10})?)?(\\.\\w{1,4})?$`);
  const files: TextFile[] = [];
  const skipped: string[] = [];
  for (const file of readdirSync(folder)) {
    const [whole, method] = rotated.exec(file) ?? [];
    const path = join(folder, file);
    const stats = whole === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
    if (stats === undefined || !stats.isFile() || stats.mtime < since) continue;
    if (method !== undefined && method !== ".gz") skipped.push(path);
    else files.push({ path, bytes: stats.size, changed: stats.mtime, compressed: method !== undefined });
  }
  return { files: files.sort((a, b) => a.changed.getTime() - b.changed.getTime()), skipped: skipped.sort() };
}

export interface TextReader {
  onEntry(entry: Entry): void;
  /** The entries so far are older than they seemed: their file has no years, and a later line is a year earlier. */
  onReset(): void;
  /** Bytes of files that were read, as they are stored. */
  onProgress(bytes: number): void;
}

/** Milliseconds. Lines are in the order of their times, except for changes of the clock. */
const YEAR_LIKE_MS = 300 * 86_400_000;

/**
 * Reads one file to its end.
 * @throws Error with a code if it cannot be read; EACCES and EPERM: the user may not read it
 */
export async function readTextFile({ path, changed, compressed }: TextFile, reader: TextReader): Promise<void> {
  let newest = Number.NEGATIVE_INFINITY;
  const scanner = new LineScanner((line) => {
    const entry = parseSyslogLine(line, changed);
    if (entry === undefined) return;
    if (newest - entry.at > YEAR_LIKE_MS && !/^\d/.test(line)) {
      reader.onReset();
      newest = entry.at;
    }
    newest = Math.max(newest, entry.at);
    reader.onEntry(entry);
  });
  const file = await open(path, constants.O_RDONLY | constants.O_NOCTTY);
  try {
    const chunks = bytesOf(file, reader, compressed);
    for await (const chunk of compressed ? unpacked(chunks) : chunks) scanner.push(chunk);
  } finally {
    await file.close();
  }
  scanner.end();
}

/** Bytes that are read at once, into one buffer: a stream would leave a new one behind for every part of a large file. */
const CHUNK = 256 * 1024;

async function* bytesOf(file: FileHandle, { onProgress }: TextReader, compressed: boolean): AsyncGenerator<Buffer> {
  const buffer = Buffer.alloc(CHUNK);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK, null);
    if (bytesRead === 0) return;
    onProgress(bytesRead);
    // zlib works on a part of the input while the next one is read.
    yield compressed ? Buffer.from(buffer.subarray(0, bytesRead)) : buffer.subarray(0, bytesRead);
  }
}

/** Decompresses; an error of the file or of its form is thrown to the reader. */
const unpacked = (chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> =>
  pipeline(chunks, createGunzip(), () => undefined);

/** Whether an error means that the user may not read the file. */
export const isClosed = (error: unknown): boolean => ["EACCES", "EPERM"].includes(codeOf(error));
