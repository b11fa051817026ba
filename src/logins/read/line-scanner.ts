/**
 * Finds the few lines of a large log that contain one of some texts. The bytes are searched before any line becomes a string:
 * the log of a host that is scanned has millions of others.
 */

/** Bytes. A longer line is skipped; rsyslog writes 8 KiB at most, an entry of the journal is a few KiB. */
const MAX_LINE = 64 * 1024;
const NEWLINE = 0x0a;

/** Parts of lines that may be about a login: src/logins/sshd-line.ts and record.ts. */
export const NEEDLES: readonly string[] = [
  "Accepted ",
  "Partial publickey ",
  "session): session closed",
  "Disconnected from user ",
  "Disconnecting user ",
  "closed by user ",
  "reset by user ",
  "responding from user ",
  "key-offered-to-sshd",
];

export class LineScanner {
  readonly #needles: readonly Buffer[];
  readonly #onLine: (line: string) => void;
  /** The beginning of a line whose end has not come. */
  #rest: Buffer = Buffer.alloc(0);
  /** Whether the bytes up to the next newline belong to a line that is too long. */
  #skips = false;

  constructor(onLine: (line: string) => void, needles = NEEDLES) {
    this.#needles = needles.map((needle) => Buffer.from(needle, "latin1"));
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    let bytes = chunk;
    if (this.#skips) {
      const end = bytes.indexOf(NEWLINE);
      if (end === -1) return;
      bytes = bytes.subarray(end + 1);
      this.#skips = false;
    }
    if (this.#rest.length > 0) bytes = Buffer.concat([this.#rest, bytes]);
    const last = bytes.lastIndexOf(NEWLINE) + 1;
    // A copy: the caller may read its next bytes into the same buffer.
    this.#rest = Buffer.from(bytes.subarray(last));
    if (this.#rest.length > MAX_LINE) {
      this.#rest = Buffer.alloc(0);
      this.#skips = true;
    }
    this.#scan(bytes.subarray(0, last));
  }

  /** Ends the input. A last line without a newline counts: it may be in the process of being written, and is parsed whole. */
  end(): void {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    if (rest.length > 0) this.#scan(Buffer.concat([rest, Buffer.from("\n")]));
  }

  #scan(lines: Buffer): void {
    const hits: number[] = [];
    for (const needle of this.#needles) {
      for (let at = lines.indexOf(needle); at !== -1; at = lines.indexOf(needle, at)) {
        hits.push(at);
        at = lines.indexOf(NEWLINE, at);
      }
    }
    let done = 0;
    for (const hit of hits.sort((a, b) => a - b)) {
      if (hit < done) continue;
      const start = lines.lastIndexOf(NEWLINE, hit) + 1;
      done = lines.indexOf(NEWLINE, hit) + 1;
      if (done - start <= MAX_LINE) this.#onLine(lines.toString("latin1", start, done - 1));
    }
  }
}
