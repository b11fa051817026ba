/** The context of every command; main.ts and cli.ts build it, tests may build another. */
import type { Screen } from "../screen.ts";
import type { AgentCommand } from "../sshd/agent-command.ts";

export interface Context {
  readonly screen: Screen;
  /** The same on stderr, if stdout is used by the log or by a command. */
  readonly stderr: Screen;
  /** Writes text to stdout unchanged. */
  print(text: string): void;
  /** Sets the exit status of a command that does not fail. */
  setExitStatus(status: number): void;
  /** "eic-simulator", or the command that calls it in a checkout. */
  readonly simulator: string;
  readonly agent: string;
  /** Returns the agent as sshd must run it, with this settings file; undefined if there is none. */
  agentCommand(config: string): AgentCommand | undefined;
  readonly version: string;
  /** Resolves when the simulator must end: Ctrl-C, SIGTERM, or its output has no reader any more. */
  shutdown(): Promise<void>;
}

/** The option with which every command except `up` finds its simulator. */
export interface FolderOption {
  folder: string;
}

/** `--json` of the commands that print for programs, too. */
export const JSON_OPTION = { type: "boolean", default: false } as const;
