/** What every command gets from the world; cli.ts builds it, tests may build another. */
import type { Screen } from "../screen.ts";

export interface Context {
  readonly screen: Screen;
  /** "eic-simulator", or how it is called from a checkout. */
  readonly simulator: string;
  readonly agent: string;
  readonly version: string;
  /** Resolves when the simulator is to end: Ctrl-C, SIGTERM, nobody reads its output any more. */
  ended(): Promise<void>;
}

/** The option that every command but `up` finds its simulator by. */
export interface FolderOption {
  folder: string;
}
