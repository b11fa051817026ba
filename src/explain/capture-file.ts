/** The capture as a file: written where nothing is yet, for its owner alone; read whole, within its limit. */
import { closeSync, constants, fstatSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { CAPTURE_LIMIT } from "./capture.ts";

/** A file that is open and empty, and was not there before. */
export class ExclusiveFile {
  readonly path: string;
  readonly #fd: number;

  /**
   * @throws Error with a code: EEXIST for anything that is there already, a link to nowhere included. Nothing is ever
   *   overwritten, and no link is followed: as root that would be somebody else's way to have a file destroyed
   */
  constructor(path: string) {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    this.path = path;
    this.#fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  }

  /** @throws Error with a code where not all of it could be written */
  write(text: string): void {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    closeSync(this.#fd);
  }

  /** Takes it away again. @returns false where that is not allowed: root made it, and is root no more */
  remove(): boolean {
    try {
      unlinkSync(this.path);
      return true;
    } catch {
      return false;
    }
  }
}

/** @throws Error with a code, or in words, where it cannot be read whole */
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
