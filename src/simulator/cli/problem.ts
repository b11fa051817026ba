/** Errors of the command line: one line each, with a next step, never with a stack trace. */

/** An error that the user can correct. Exit status 1. */
export class Problem extends Error {
  override readonly name = "Problem";

  /** @param next what to do next, as a clause that follows the message */
  constructor(message: string, next: string, options?: { cause?: unknown }) {
    super(`${message}; ${next}`, options);
  }
}

/** The command line itself is invalid. Exit status 2. */
export class Usage extends Error {
  override readonly name = "Usage";
}

export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
