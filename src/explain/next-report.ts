/** The report on sshd's next step with the keys: plain data, printed and part of `explain --json`. */
import type { Rule } from "../sshd/login/rule.ts";

export interface NextReport {
  /** Of the login: `accepts` if at least one key is accepted. */
  readonly outcome: Outcome;
  readonly keys: readonly KeyNext[];
  /** The rules for the user that do not depend on the offered key; the deciding ones first. */
  readonly reasons: readonly Reason[];
  /** The effect on the address of a client whose logins failed, before sshd asks for a key; null: nothing is known. */
  readonly penalties: string | null;
}

export type Outcome = "accepts" | "refuses" | "not-known";

export interface KeyNext {
  readonly fingerprint: string;
  readonly outcome: Outcome;
  /** With `accepts`: the steps that follow. */
  readonly reasons: readonly Reason[];
}

export interface Reason {
  /** The keyword, file or program that decides. */
  readonly rule: string;
  readonly verdict: Rule["verdict"];
  readonly message: string;
  /** The line of sshd's log at such a login; null if it writes none. */
  readonly log: string | null;
  readonly hint: string;
}
