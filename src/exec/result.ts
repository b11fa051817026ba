/** Result of a command that was run, as data for the answer, for a terminal, and for a record. Pure. */

/** How the command ended. The list is closed; only `exited` with status 0 counts. */
export type ExitResult =
  /** `held`: a process that the command left behind kept its standard output open until the deadline. */
  | { readonly kind: "exited"; readonly status: number; readonly held: boolean }
  | { readonly kind: "killed"; readonly signal: string }
  | { readonly kind: "late" }
  | { readonly kind: "too-much"; readonly limit: number }
  /** It could not be started, or its output could not be read. */
  | { readonly kind: "failed"; readonly what: string };

export interface CommandResult {
  /** The program's name as it was given. */
  readonly program: string;
  readonly ending: ExitResult;
  /** Its output, byte for byte; empty if the output does not count. */
  readonly output: Buffer;
  /** Milliseconds from the start to the result. */
  readonly milliseconds: number;
}

export const succeeded = ({ ending }: CommandResult): boolean => ending.kind === "exited" && ending.status === 0;

/** Describes the ending in words, for a terminal and for a record. */
export function describeExit(ending: ExitResult): string {
  switch (ending.kind) {
    case "exited":
      return ending.held
        ? `it exited with ${ending.status}, but a process that it left running held its standard output until the deadline`
        : `it exited with ${ending.status}`;
    case "killed":
      return `it was ended by ${ending.signal}`;
    case "late":
      return "it had not ended in time ([chain] deadline_ms in the settings)";
    case "too-much":
      return `it printed over ${ending.limit} bytes`;
    case "failed":
      return ending.what;
    default:
      return ending satisfies never;
  }
}
