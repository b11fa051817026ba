/** Errors that end a command, other than the Faults of a call. Each is printed as one line that says what to do. */

/** An error with exit status 1. */
export class CliError extends Error {
  override readonly name = "Problem";

  /** @param next what to do now, as a clause that follows the message */
  constructor(message: string, next: string, options?: { cause?: unknown }) {
    super(`${message}; ${next}`, options);
  }
}

/** An invalid command line. Exit status 2. */
export class UsageError extends Error {
  override readonly name = "Usage";
}

/** A command without a required word: its help is shown. Exit status 2. */
export class HelpWanted extends Error {
  override readonly name = "HelpWanted";
  readonly command: string;

  constructor(command: string) {
    super(`${command}: missing action`);
    this.command = command;
  }
}
