/** Judges the session after sshd has accepted the key: nologin files, ChrootDirectory, MaxSessions, home. Pure. */
import { quoted } from "../../verify/verdict.ts";
import { by, type LoginFacts, usesPam, valueIn } from "./facts.ts";
import { type Rule, rulesOf } from "./rule.ts";

/**
 * Judges nologin files. With PAM, pam_nologin refuses all users but root, if the stack has it. Without PAM, sshd itself ends
 * the session of an authenticated user, and checks only /etc/nologin.
 */
export function judgeNologin(facts: LoginFacts): Rule[] {
  const { letsIn, rule } = rulesOf("nologin");
  const { nologin, account, user } = facts;
  if (account?.kind === "read" && account.value.uid === 0) return [letsIn("nologin", "root can log in all the same")];
  if (facts.sshd.kind === "unknown" && nologin.length > 0) {
    return [
      rule("not-known", "nologin", `${nologin[0]} exists, and whether sshd uses PAM is not known`, "run this as root"),
    ];
  }
  const pam = usesPam(facts);
  if (pam && facts.pam.kind === "read" && !facts.pam.judges.has("pam_nologin")) {
    return [letsIn("nologin", "PAM's stack for sshd has no pam_nologin")];
  }
  const [found] = pam ? nologin : nologin.filter((path) => path === "/etc/nologin");
  if (found === undefined) return [letsIn("nologin", "no /etc/nologin and no /run/nologin")];
  const hint = "the host is starting or shutting down, or is closed on purpose: wait, or remove that file";
  if (pam) {
    const line = `fatal: Access denied for user ${user} by PAM account configuration`;
    return [rule("refuses", "nologin", `${found} exists: PAM lets only root log in`, hint, line)];
  }
  const line = `User ${user} not allowed because ${found} exists`;
  return [rule("ends-session", "nologin", `${found} exists: sshd ends the session of every user but root`, hint, line)];
}

export function judgeSession(facts: LoginFacts): Rule[] {
  const { letsIn, rule } = rulesOf("session");
  if (facts.sshd.kind === "unknown" || facts.account?.kind !== "read") return [];
  const rules: Rule[] = [];
  const { chrootFlaw, hasHome } = facts;
  const { home } = facts.account.value;
  const chroot = valueIn(facts, "chrootdirectory") ?? "none";
  if (chroot.toLowerCase() !== "none") {
    const message = `ChrootDirectory ${quoted(chroot)}${by(facts, "chrootdirectory")}`;
    rules.push(
      chrootFlaw === undefined
        ? letsIn("ChrootDirectory", message)
        : rule(
            "ends-session",
            "ChrootDirectory",
            `${message}: ${chrootFlaw}`,
            "each of its folders must belong to root, writable by root only",
            /belongs to|writable/.test(chrootFlaw) ? "fatal: bad ownership or modes for chroot directory …" : undefined,
          ),
    );
  }
  if (valueIn(facts, "maxsessions") === "0") {
    rules.push(
      rule(
        "ends-session",
        "MaxSessions",
        `MaxSessions 0${by(facts, "maxsessions")}`,
        "set MaxSessions 10",
        "error: no more sessions",
      ),
    );
  }
  const forced = valueIn(facts, "forcecommand") ?? "none";
  if (forced !== "none")
    rules.push(letsIn("ForceCommand", `ForceCommand ${quoted(forced)} runs whatever is asked for`));
  if (hasHome === false) rules.push(letsIn("home", `there is no ${home}: the session begins in /`));
  return rules.length > 0 ? rules : [letsIn("home", hasHome === undefined ? "nothing ends it" : `begins in ${home}`)];
}
