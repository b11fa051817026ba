/**
 * Recognises a lack of resources of this process: descriptors, memory. It is not an error of the metadata service or of a
 * file. A call that fails for this reason is not a Fault of the host, and a separate process may well answer it. Pure.
 */
const RESOURCE_ERRORS: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** Searches an error and its causes. @returns the system's error code; undefined for any other failure */
export function resourceErrorIn(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && RESOURCE_ERRORS.has(code) ? code : resourceErrorIn(error.cause);
}
