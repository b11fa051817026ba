/** What every command gets from the world; cli.ts builds it, and nothing else here asks for a terminal or a variable. */
import { type Paint, painter } from "./text.ts";

/** 3: what was asked for is not known, since it takes root. */
export type Ending = 0 | 1 | 3;

export interface Context {
  readonly version: string;
  /** Standard output. A reader that has gone away is no failure. */
  print(text: string): void;
  /** Columns that text may take. */
  readonly width: number;
  /** Whether standard output is a terminal: what redraws itself elsewhere prints lines. */
  readonly terminal: boolean;
  readonly paint: Paint;
  now(): Date;
  /** Sets the exit status that the program ends with; 0 where nobody sets one. */
  end(status: Ending): void;
  /** Settles on Ctrl-C, SIGTERM, SIGHUP, or when nobody reads any more. */
  interrupted(): Promise<void>;
}

/** Columns: a table needs `least`; longer lines than `most` are hard to read; `usual` for a file, a pipe and a log. */
const WIDTH = { least: 40, usual: 80, most: 100 } as const;

export interface ContextOptions {
  readonly stdout: NodeJS.WriteStream;
  /** https://no-color.org: any value but the empty one. */
  readonly noColor: string | undefined;
  /** CLICOLOR_FORCE: any value but the empty one and 0 colours a pipe or a file, too. */
  readonly forceColor: string | undefined;
  /** `dumb` can neither colour nor be drawn over. Without one (a console at boot) nothing is known: both count as a pipe. */
  readonly term: string | undefined;
  /** COLUMNS, which counts where standard output is no terminal. */
  readonly columns: string | undefined;
  readonly version: string;
}

/** @returns the context, and how to ask which exit status was set */
export function openContext({ stdout, noColor, forceColor, term, columns, version }: ContextOptions): {
  context: Context;
  status: () => Ending;
} {
  let status: Ending = 0;
  let onGone = () => {};
  const gone = new Promise<void>((resolve) => {
    onGone = resolve;
  });
  // `eic-agent explain … | head`: what is printed afterwards fails again, in silence.
  stdout.on("error", onGone);
  const terminal = stdout.isTTY === true && term !== undefined && !["", "dumb"].includes(term);
  const wanted = stdout.isTTY ? stdout.columns : Number(/^\d{1,4}$/.test(columns ?? "") ? columns : 0);
  const forced = forceColor !== undefined && !["", "0"].includes(forceColor);
  const context: Context = {
    version,
    print: (text) => void stdout.write(text),
    width: Math.min(Math.max(wanted || WIDTH.usual, WIDTH.least), WIDTH.most),
    terminal,
    paint: painter((terminal || forced) && !noColor),
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
  return { context, status: () => status };
}
