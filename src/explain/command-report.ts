/** The report on sshd's own command: plain data, printed and part of `explain --json`. */
import type { FaultCode } from "../verify/errors.ts";

export interface CommandReport {
  /** As in sshd_config. */
  readonly command: string;
  readonly user: string;
  readonly runs: readonly RunReport[];
  /** False if any run answered differently; null if the command could not be run. */
  readonly agrees: boolean | null;
  /** Why it was not run or differs, or which program it is. */
  readonly note: string | null;
}

export interface RunReport {
  /** The offered key's, as sshd passes it for %f; null if the command does not take one. */
  readonly fingerprint: string | null;
  /** How the command ended, such as `exit status 0`. */
  readonly result: string;
  readonly milliseconds: number;
  /** The answering process, if sshd's command asks the warm service; null: not known, or it never asks. */
  readonly answeredBy: Answerer | null;
  /** The service's own Fault, if it answered with one: its call is separate from that of `explain`. */
  readonly fault: ServiceFault | null;
  /** Fingerprints of the keys that the command printed. */
  readonly printed: readonly string[];
  /** Accepted here, but not printed there. */
  readonly missing: readonly string[];
  /** Printed there, but not accepted here. */
  readonly unexpected: readonly string[];
  /** Accepted here and printed there, with other options in front. */
  readonly otherOptions: readonly string[];
  readonly agrees: boolean;
}

/** The warm service or, if it gave no answer, the program that the relay then executes. */
export type Answerer = "service" | "process";

export interface ServiceFault {
  readonly code: FaultCode;
  /** Null if only the code is known, because another call came in between. */
  readonly message: string | null;
  readonly hint: string;
}
