/** Codes of errors of the operating system, as in errno(3): `ENOENT`, `EACCES`. */

/** Returns the error's code; without one, the error as text with its class. */
export const codeOf = (error: unknown): string => codeIn(error) ?? String(error);

/** Returns the error's code; without one, its message. */
export const codeOrMessage = (error: unknown): string =>
  codeIn(error) ?? (error instanceof Error ? error.message : String(error));

const codeIn = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | null | undefined)?.code;
