/**
 * Whether sshd itself lets a user in with a key that it was given: each rule of sshd, of the account and of PAM is one
 * result. This room judges what look/ has read, and is pure. A rule that could not be read is `not-known`, never good.
 */

/** What a rule is about: `doctor` has a check for each. */
export type Topic = "users" | "keys" | "methods" | "account" | "nologin" | "pam" | "session";

export type Verdict =
  /** Does not keep the user out. */
  | "lets-in"
  /** sshd takes the key, and ends the session at once. */
  | "ends-session"
  /** sshd takes the key, and then wants another proof as well. */
  | "wants-more"
  /** Holds from some addresses only, and the client's is not known. */
  | "depends"
  /** Could not be read, or is not judged here. */
  | "not-known"
  | "refuses";

export interface Rule {
  readonly topic: Topic;
  /** The keyword of sshd_config, the file, or the field that decides. */
  readonly name: string;
  readonly verdict: Verdict;
  /** With the value found. Lower case or a keyword first, no full stop. Foreign text in it is quoted. */
  readonly says: string;
  /** What sshd writes to its log at such a login. */
  readonly log?: string;
  /** What to do; with every verdict but `lets-in`. */
  readonly hint?: string;
  /** True where root could say more. */
  readonly needsRoot?: true;
}

/** How the rules of one topic are made. */
export function rulesOf(topic: Topic) {
  const log = (line: string | undefined) => (line === undefined ? {} : { log: line });
  return {
    letsIn: (name: string, says: string): Rule => ({ topic, name, verdict: "lets-in", says }),
    rule: (verdict: Exclude<Verdict, "lets-in">, name: string, says: string, hint: string, line?: string): Rule => ({
      ...{ topic, name, verdict, says, hint },
      ...log(line),
    }),
    needsRoot: (name: string, what: string): Rule => ({
      ...{ topic, name, verdict: "not-known", says: `${what} can be read by root only`, hint: "ask as root" },
      needsRoot: true,
    }),
  };
}

/** From what decides most to what decides least. */
const ORDER: readonly Verdict[] = ["refuses", "not-known", "depends", "ends-session", "wants-more", "lets-in"];

/** The rules that decide: all of the worst verdict there is. */
export function deciding(rules: readonly Rule[]): readonly Rule[] {
  const verdict = ORDER.find((one) => rules.some((rule) => rule.verdict === one));
  return rules.filter((rule) => rule.verdict === verdict);
}
