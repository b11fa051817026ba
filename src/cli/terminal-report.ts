/** The report of one call on a terminal. Lower case, one line for each fact, and a hint if something can be done. */
import type { Answer } from "../authorize.ts";
import { NO_KEY_MESSAGES } from "../explain/no-key-messages.ts";
import type { Command } from "../request.ts";
import { Fault } from "../verify/errors.ts";
import { replaceControls } from "../verify/escape.ts";
import type { Request } from "../verify/evidence.ts";
import { describeRefusal, quoted, type Verdict } from "../verify/verdict.ts";

export function answer({ user }: Request, given: Answer): string {
  if (given.kind === "no-keys") return lines(`no key for ${quoted(user)}: ${NO_KEY_MESSAGES[given.why].message}`);
  return lines(...given.verdicts.map((verdict) => told(verdict, given.now)));
}

function told(verdict: Verdict, now: Date): string {
  if (verdict.kind === "accepted") {
    const seconds = Math.floor((verdict.expires.getTime() - now.getTime()) / 1000);
    const by = verdict.caller === undefined ? "" : `, pushed by ${quoted(verdict.caller)}`;
    const but =
      verdict.reported === undefined
        ? ""
        : `; [policy], which only reports, would refuse it: ${describeRefusal(verdict.reported)}`;
    return `accepted ${verdict.fingerprint}: ${seconds} s left${by}${but}`;
  }
  const name = verdict.fingerprint ?? `the key at line ${verdict.line}`;
  return `refused ${name}: ${describeRefusal(verdict.refusal)} (${verdict.refusal.reason})`;
}

/**
 * Formats a Fault with its code and hint. An error of the operating system is printed with the system's own words, because
 * it is the machine's state. Any other error is a bug, and its stack is printed.
 */
export function failure(error: unknown): string {
  if (isSystemError(error))
    return lines(
      error.message,
      `hint: ${STATES[error.code] ?? "correct what it names"}, then run the same command again`,
    );
  if (!(error instanceof Fault)) {
    return lines(...`bug: ${error instanceof Error ? error.stack : String(error)}`.split("\n"));
  }
  return lines(`${error.code}: ${error.message}`, `hint: ${error.hint}`);
}

/** Checks for an error of a system call. Node's own errors have codes, too, but no `syscall` (errors, class SystemError). */
const isSystemError = (error: unknown): error is NodeJS.ErrnoException & { code: string } =>
  error instanceof Error && "syscall" in error && "code" in error && /^E[A-Z0-9]+$/.test(String(error.code));

const STATES: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full: df -h and df -i show which; make room",
  EDQUOT: "a quota is used up: make room",
  EROFS: "the filesystem is read-only: mount it writable",
  EACCES:
    "permission denied: run this as root; if it is root, mandatory access control may forbid it (eic-agent doctor)",
  EPERM: "permission denied, or the file is immutable (lsattr)",
  EMFILE: "too many files are open in this process: raise ulimit -n",
  ENFILE: "too many files are open on this machine",
  ENOMEM: "the machine is out of memory",
  EAGAIN: "the machine is out of processes or memory",
  EIO: "the disk does not answer (dmesg)",
};

/** Formats the result of a chained command; see chained/result.ts. */
export const chained = (sentence: string): string => lines(sentence);

/** Formats the report of a missing record that is not required. */
export const unrecorded = (why: string): string => lines(`not recorded in the log: ${why}`);

export const usage = (message: string, command: Command): string => lines(message, USAGES[command]);

const USAGES: Readonly<Record<Command, string>> = {
  "authorized-keys":
    "usage: eic-agent authorized-keys [--config FILE] [--within MS] USER [FINGERPRINT [-- /OTHER/COMMAND ARG...]]",
  serve: "usage: eic-agent serve [--socket PATH] [--config FILE]",
};

/** Formats lines. No foreign control character reaches the terminal. */
const lines = (...texts: string[]): string => texts.map((text) => `eic-agent: ${replaceControls(text)}\n`).join("");
