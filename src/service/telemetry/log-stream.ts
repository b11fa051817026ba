/**
 * Standard output, to which the records are written; under systemd it is the journal. Nothing here blocks on it: a log that
 * hangs must not hang the service.
 */
import { fstatSync, write } from "node:fs";
import { Socket } from "node:net";
import { isJournal } from "../server/systemd.ts";

const STDOUT = 1;
/** Maximum bytes that may wait to be written: some hundreds of records. */
const BACKLOG = 256 * 1024;

export interface Output {
  /** Whether the reader is the journal, which takes a line's severity from a prefix `<N>`. */
  readonly isJournal: boolean;
  /**
   * Resolves when the kernel has taken the text; the journal gives no further confirmation.
   * @throws Error if the kernel has not taken it within so many milliseconds
   */
  write(text: string, ms: number): Promise<void>;
  /** Resolves when standard output has failed: nothing can be recorded any more. */
  readonly closed: Promise<string>;
}

export function openOutput(): Output {
  const stats = fstatSync(STDOUT);
  const put = stats.isFIFO() || stats.isSocket() ? toSocket() : toFile();
  return {
    isJournal: isJournal(STDOUT),
    closed: put.closed,
    write: (text, ms) => within(ms, put.write(text)),
  };
}

interface Put {
  write(text: string): Promise<void>;
  readonly closed: Promise<string>;
}

/** Writes to a pipe, or to the journal's socket, without blocking. */
function toSocket(): Put {
  const { promise: closed, resolve: end } = Promise.withResolvers<string>();
  const stdout = new Socket({ fd: STDOUT, readable: false, writable: true });
  stdout.unref();
  stdout.on("error", ({ message }) => end(message));
  return {
    closed,
    write: (text) => {
      if (stdout.destroyed) return Promise.reject(new Error("standard output is closed"));
      if (stdout.writableLength > BACKLOG) return Promise.reject(new Error("standard output accepts no data"));
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      stdout.write(text, (error) => (error ? reject(error) : resolve()));
      return promise;
    },
  };
}

/** Writes to a file or a terminal. */
function toFile(): Put {
  return {
    closed: new Promise(() => undefined),
    write: (text) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      write(STDOUT, text, (error, written) => {
        if (error) reject(error);
        else if (written < Buffer.byteLength(text)) reject(new Error("only part of it was written"));
        else resolve();
      });
      return promise;
    },
  };
}

function within(ms: number, work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const late = setTimeout(() => reject(new Error(`standard output: not done within ${Math.ceil(ms)} ms`)), ms);
  return Promise.race([work, promise]).finally(() => clearTimeout(late));
}
