/**
 * A command's access to its environment. cli.ts builds it; no other file here reads the terminal or an environment variable.
 */
import { painter, type TextStyle } from "./text.ts";

/** 3: the requested information is not known, because it requires root. */
export type Ending = 0 | 1 | 3;

export interface Context extends TextStyle {
  readonly version: string;
  /** Writes to standard output. A reader that has closed the pipe is not an error. */
  print(text: string): void;
  /** Whether standard output is a terminal. If it is not, a display that redraws itself prints lines instead. */
  readonly terminal: boolean;
  /** Shows how far a long command is: a line of standard error that the next one replaces, on a terminal only. */
  progress(line: string | undefined): void;
  now(): Date;
  /** Sets the exit status of the program; 0 if it is not set. */
  end(status: Ending): void;
  /** Resolves on Ctrl-C, SIGTERM, SIGHUP, or when the reader closes standard output. */
  interrupted(): Promise<void>;
}

/** Columns: a table needs `least`; lines longer than `most` are hard to read; `usual` for a file, a pipe and a log. */
const WIDTH = { least: 40, usual: 80, most: 100 } as const;

export interface ContextOptions {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** https://no-color.org: set if it has any value except the empty string. */
  readonly noColor: string | undefined;
  /** CLICOLOR_FORCE: any value except the empty string and 0 also colours output to a pipe or a file. */
  readonly forceColor: string | undefined;
  /**
   * TERM. `dumb` supports neither colours nor redrawing. If it is not set (a console at boot), nothing is known. Both count
   * as a pipe.
   */
  readonly term: string | undefined;
  /** COLUMNS, used if standard output is not a terminal. */
  readonly columns: string | undefined;
  readonly version: string;
}

/**
 * Builds the context.
 * @returns the context, a function that returns the exit status that was set, and a function that waits until standard output
 *   has taken everything: a pipe or a socket takes some ten kilobytes at once
 */
export function openContext({ stdout, stderr, noColor, forceColor, term, columns, version }: ContextOptions): {
  context: Context;
  status: () => Ending;
  written: () => Promise<void>;
} {
  let status: Ending = 0;
  let onGone = () => {};
  const gone = new Promise<void>((resolve) => {
    onGone = resolve;
  });
  // `eic-agent explain … | head`: later writes fail again and are ignored.
  stdout.on("error", onGone);
  const terminal = stdout.isTTY === true && term !== undefined && !["", "dumb"].includes(term);
  const wanted = stdout.isTTY ? stdout.columns : Number(/^\d{1,4}$/.test(columns ?? "") ? columns : 0);
  const forced = forceColor !== undefined && !["", "0"].includes(forceColor);
  let shown = "";
  const context: Context = {
    version,
    print: (text) => void stdout.write(text),
    width: Math.min(Math.max(wanted || WIDTH.usual, WIDTH.least), WIDTH.most),
    terminal,
    paint: painter((terminal || forced) && !noColor),
    progress: (line = "") => {
      if (line === shown || !terminal || !stderr.isTTY) return;
      stderr.write(`\r\x1b[K${line}`);
      shown = line;
    },
    now: () => new Date(),
    end: (set) => {
      status = set;
    },
    interrupted: () => {
      const told = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map(
        (signal) => new Promise<void>((resolve) => process.once(signal, () => resolve())),
      );
      return Promise.race([gone, ...told]);
    },
  };
  // A reader that has gone ends the wait as well, with an error that is ignored.
  const written = () => new Promise<void>((resolve) => void stdout.write("", () => resolve()));
  return { context, status: () => status, written };
}
