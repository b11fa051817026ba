/** The capture as a file: created new, readable by its owner only; read as a whole, up to its limit. */
import { closeSync, constants, fstatSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { CAPTURE_LIMIT } from "./capture.ts";

/** A new file, open and empty. */
export class ExclusiveFile {
  readonly path: string;
  readonly #fd: number;

  /**
   * @throws Error with a code: EEXIST if anything is there already, including a dangling link. Nothing is ever overwritten,
   *   and no link is followed: otherwise an attacker could have root destroy a file
   */
  constructor(path: string) {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    this.path = path;
    this.#fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  }

  /** @throws Error with a code if not everything could be written */
  write(text: string): void {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    closeSync(this.#fd);
  }

  /** Removes the file. @returns false if that is not permitted: root created it, and the process is no longer root */
  remove(): boolean {
    try {
      unlinkSync(this.path);
      return true;
    } catch {
      return false;
    }
  }
}

/** Reads a capture file. @throws Error with a code, or with a text, if it cannot be read as a whole */
export function readCaptureFile(path: string): string {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new Error("not a regular file");
    const bytes = Buffer.allocUnsafe(Math.min(stats.size, CAPTURE_LIMIT) + 1);
    let size = 0;
    for (let read = -1; read !== 0 && size < bytes.length; size += read) {
      read = readSync(fd, bytes, size, bytes.length - size, null);
    }
    if (size > CAPTURE_LIMIT) throw new Error(`larger than ${CAPTURE_LIMIT} bytes`);
    return bytes.toString("utf8", 0, size);
  } finally {
    closeSync(fd);
  }
}
