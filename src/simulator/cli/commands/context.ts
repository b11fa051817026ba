/** What every command gets from the world; cli.ts builds it, tests may build another. */
import type { Screen } from "../screen.ts";

export interface Context {
  readonly screen: Screen;
  /** The same on stderr, for when stdout is somebody else's. */
  readonly stderr: Screen;
  /** Writes to stdout as it is. */
  print(text: string): void;
  /** Sets the exit status of a command that does not fail. */
  setExitStatus(status: number): void;
  /** "eic-simulator", or how it is called from a checkout. */
  readonly simulator: string;
  readonly agent: string;
  readonly version: string;
  /** Resolves when the simulator is to end: Ctrl-C, SIGTERM, nobody reads its output any more. */
  shutdown(): Promise<void>;
}

/** The option that every command but `up` finds its simulator by. */
export interface FolderOption {
  folder: string;
}
