/**
 * Judges the account itself: expired, locked, or without a shell that sshd accepts (auth.c, allowed_user; auth-shadow.c),
 * and the shadow entry as pam_unix judges it if PAM is used. sshd asks for no key if the account is refused here. Pure.
 */
import { quoted } from "../../verify/verdict.ts";
import { type LoginFacts, type PasswdEntry, type ShadowEntry, usesPam, valueIn } from "./facts.ts";
import { type Rule, rulesOf } from "./rule.ts";

const { letsIn, rule, needsRoot } = rulesOf("account");

export function judgeLoginAccount(facts: LoginFacts): Rule[] {
  const { user, account } = facts;
  if (account === undefined) {
    return [
      rule("not-known", "passwd", `${quoted(user)}: the name service cannot be queried`, "ask: getent passwd USER"),
    ];
  }
  if (account.kind !== "read") {
    const message = `there is no user ${quoted(user)}: sshd asks for no key`;
    return [
      rule(
        "refuses",
        "passwd",
        message,
        "push for a user that exists, or make this one",
        `Invalid user ${user} from ADDRESS`,
      ),
    ];
  }
  const { value: entry } = account;
  return [letsIn("passwd", `${entry.name}, uid ${entry.uid}`), ...password(facts, entry), shellRule(facts, entry)];
}

/** Judges the shadow entry. Without PAM, sshd checks it; with PAM, pam_unix does, if the stack has that module. */
function password(facts: LoginFacts, { password: own }: PasswdEntry): Rule[] {
  const { shadow, user } = facts;
  if (facts.sshd.kind === "unknown") return [];
  if (usesPam(facts) && !facts.pam.judges.has("pam_unix")) return [];
  if (shadow.kind === "closed") return [needsRoot("shadow", "/etc/shadow")];
  const entry = shadow.kind === "read" ? shadow.value : undefined;
  if (usesPam(facts)) return entry === undefined ? [] : byPamUnix(facts, entry);
  const expired = entry === undefined ? undefined : expiredForSshd(facts, entry);
  if (expired !== undefined) return [expired];
  // A leading "!" marks a locked account for sshd on Linux (LOCKED_PASSWD_PREFIX).
  if ((entry?.password ?? own).startsWith("!")) {
    return [
      rule(
        "refuses",
        "shadow",
        `the account is locked ("!" in its password field), and UsePAM is no`,
        `usermod -p '*' ${user}: no password fits, and the account is not locked`,
        `User ${user} not allowed because account is locked`,
      ),
    ];
  }
  return [letsIn("shadow", "not expired, not locked")];
}

const dayOf = (days: number): string => new Date(days * 86_400_000).toISOString().slice(0, 10);

function expired(facts: LoginFacts, days: number, line: string): Rule {
  const message = `the account has expired on ${dayOf(days)} (chage -l ${facts.user})`;
  return rule("refuses", "shadow", message, `chage -E -1 ${facts.user}, if it is to be used again`, line);
}

/** Implements auth_shadow_acctexpired(): on the expiry day itself the account is still valid. */
function expiredForSshd(facts: LoginFacts, { expires }: ShadowEntry): Rule | undefined {
  if (expires === undefined || expires <= 0 || facts.today <= expires) return undefined;
  return expired(facts, expires, `Account ${facts.user} has expired`);
}

/** Implements check_shadow_expiry() of pam_unix: on the expiry day itself the account is already expired. */
function byPamUnix(facts: LoginFacts, entry: ShadowEntry): Rule[] {
  const { today, user } = facts;
  const { expires, lastChange, maximum, inactive } = entry;
  const denied = `fatal: Access denied for user ${user} by PAM account configuration`;
  if (expires !== undefined && expires >= 0 && today >= expires) return [expired(facts, expires, denied)];
  const newer = `passwd ${user}; for an account without a password: chage -M -1 -d ${dayOf(today)} ${user}`;
  const change = (why: string): Rule =>
    rule("ends-session", "shadow", `${why}: a new one has to be set first, and ${NO_TERMINAL}`, newer);
  if (lastChange === 0) return [change("the password must be changed (chage -d 0)")];
  if (lastChange === undefined || maximum === undefined || maximum < 0 || today <= lastChange + maximum) {
    return [letsIn("shadow", "not expired")];
  }
  const since = dayOf(lastChange + maximum);
  if (inactive !== undefined && inactive >= 0 && today > lastChange + maximum + inactive) {
    return [
      rule(
        "refuses",
        "shadow",
        `the password has expired on ${since}, and ${inactive} days have passed`,
        newer,
        denied,
      ),
    ];
  }
  return [change(`the password has expired on ${since}`)];
}

const NO_TERMINAL = 'without a terminal ssh ends with "Password change required but no TTY available"';

function shellRule(facts: LoginFacts, { shell: told }: PasswdEntry): Rule {
  const { user, shell: state } = facts;
  const shell = told === "" ? "/bin/sh" : told;
  const chroot = valueIn(facts, "chrootdirectory") ?? "none";
  const hint = `give ${user} a shell: usermod -s /bin/sh ${user}; or push for another user`;
  if (chroot.toLowerCase() === "none") {
    // sshd checks the shell before it asks for anything else.
    if (state === "missing") {
      const line = `User ${user} not allowed because shell ${shell} does not exist`;
      return rule("refuses", "shell", `its shell ${shell} does not exist`, hint, line);
    }
    if (state === "not-executable") {
      const line = `User ${user} not allowed because shell ${shell} is not executable`;
      return rule("refuses", "shell", `its shell ${shell} is not an executable program`, hint, line);
    }
    if (state === "closed") return needsRoot("shell", `whether ${shell} is there`);
  }
  return /\/(nologin|false)$/.test(shell)
    ? rule("ends-session", "shell", `${user} has the shell ${shell}, which ends every login`, hint)
    : letsIn("shell", `shell ${shell}`);
}
