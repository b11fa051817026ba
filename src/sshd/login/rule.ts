/**
 * Whether sshd itself lets a user in with a key that it was given: each rule of sshd, of the account and of PAM gives one
 * result. src/sshd/login judges what look/ has read, and is pure. A rule that could not be read is `not-known`, never good.
 */
import { present } from "../../present.ts";

/** The subject of a rule: `doctor` has a check for each. */
export type Topic = "users" | "keys" | "methods" | "account" | "nologin" | "pam" | "session";

export type Verdict =
  /** Does not keep the user out. */
  | "lets-in"
  /** sshd accepts the key, but ends the session at once. */
  | "ends-session"
  /** sshd accepts the key, but then requires another method as well. */
  | "wants-more"
  /** Holds for some addresses only, and the client's is not known. */
  | "depends"
  /** Could not be read, or is not judged here. */
  | "not-known"
  | "refuses";

export interface Rule {
  readonly topic: Topic;
  /** The keyword of sshd_config, the file, or the field that decides. */
  readonly name: string;
  readonly verdict: Verdict;
  /** The finding with its value: begins in lower case or with a keyword, no full stop. Foreign text in it is quoted. */
  readonly message: string;
  /** The line that sshd logs at such a login. */
  readonly log?: string;
  /** The remedy; given with every verdict except `lets-in`. */
  readonly hint?: string;
  /** True if root could find out more. */
  readonly needsRoot?: true;
}

/** Returns the constructors for rules of one topic. */
export function rulesOf(topic: Topic) {
  return {
    letsIn: (name: string, message: string): Rule => ({ topic, name, verdict: "lets-in", message }),
    rule: (verdict: Exclude<Verdict, "lets-in">, name: string, message: string, hint: string, line?: string): Rule =>
      present({ topic, name, verdict, message, hint, log: line }),
    needsRoot: (name: string, what: string): Rule => ({
      topic,
      name,
      verdict: "not-known",
      message: `${what} can be read by root only`,
      hint: "run this as root",
      needsRoot: true,
    }),
  };
}

/** From the most decisive verdict to the least. */
const ORDER: readonly Verdict[] = ["refuses", "not-known", "depends", "ends-session", "wants-more", "lets-in"];

/** Returns the rules that decide: all rules with the worst verdict found. */
export function deciding(rules: readonly Rule[]): readonly Rule[] {
  const verdict = ORDER.find((one) => rules.some((rule) => rule.verdict === one));
  return rules.filter((rule) => rule.verdict === verdict);
}
