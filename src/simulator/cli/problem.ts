/** What the command line can say went wrong: one line each, with a next step; never a stack. */

/** Something that the person can put right. Exit status 1. */
export class Problem extends Error {
  override readonly name = "Problem";

  /** @param next what to do now, as a clause that stands after the message */
  constructor(message: string, next: string, options?: { cause?: unknown }) {
    super(`${message}; ${next}`, options);
  }
}

/** The command line itself makes no sense. Exit status 2. */
export class Usage extends Error {
  override readonly name = "Usage";
}

export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
