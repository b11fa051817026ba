/** What keeps a command for people from being done, beside the Faults of a call: told in one line that says what to do. */

/** Exit status 1. */
export class CliError extends Error {
  override readonly name = "Problem";

  /** @param next what to do now, as a clause that stands after the message */
  constructor(message: string, next: string, options?: { cause?: unknown }) {
    super(`${message}; ${next}`, options);
  }
}

/** The command line makes no sense. Exit status 2. */
export class UsageError extends Error {
  override readonly name = "Usage";
}

/** A command that needs another word, and none was given: its help is shown. Exit status 2. */
export class HelpWanted extends Error {
  override readonly name = "HelpWanted";
  readonly command: string;

  constructor(command: string) {
    super(`${command}: what to do is not said`);
    this.command = command;
  }
}

export const codeOf = (error: unknown): string =>
  (error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined) ?? String(error);
