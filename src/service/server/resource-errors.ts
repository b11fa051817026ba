/**
 * What is lacking here, and not at the metadata service or in a file: descriptors, memory. A call that fails for it is no
 * Fault of the host's, and a process of its own may well answer it. Pure.
 */
const LACKS: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** Of an error, or of what caused it. @returns the system's name for it; undefined for any other failure */
export function resourceErrorIn(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && LACKS.has(code) ? code : resourceErrorIn(error.cause);
}
