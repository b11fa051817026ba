/**
 * Which users may log in: DenyUsers, AllowUsers, DenyGroups, AllowGroups, in sshd's order (auth.c, allowed_user), and
 * PermitRootLogin. sshd treats an unknown user like a denied one, so that the client cannot tell them apart.
 */
import { quoted } from "../../verify/verdict.ts";
import { by, type LoginFacts, valueIn } from "./facts.ts";
import { type Match, matchesPattern, matchesUser } from "./names.ts";
import { type Rule, rulesOf } from "./rule.ts";

const { letsIn, rule } = rulesOf("users");

export function judgeUsers(facts: LoginFacts): Rule[] {
  if (facts.sshd.kind === "unknown") return [];
  const found = [
    denyUsers(facts),
    allowUsers(facts),
    denyGroups(facts),
    allowGroups(facts),
    refuses(facts),
    root(facts),
  ];
  const rules = found.filter((one) => one !== undefined);
  return rules.length > 0 ? rules : [letsIn("AllowUsers", "no AllowUsers, DenyUsers, AllowGroups or DenyGroups")];
}

const patternsOf = ({ sshd }: LoginFacts, keyword: string): readonly string[] =>
  sshd.kind === "known" ? (sshd.values.get(keyword) ?? []) : [];

/** Returns the strongest result of a list: a match, else a possible match, else `no`. */
function best(patterns: readonly string[], match: (pattern: string) => Match): { match: Match; pattern: string } {
  const results = patterns.map((pattern) => ({ pattern, match: match(pattern) }));
  const found = results.find((one) => one.match === "yes") ?? results.find((one) => one.match === "depends");
  return found ?? { match: "no", pattern: "" };
}

const listed = (patterns: readonly string[]): string => {
  const shown = patterns.slice(0, 6).map((pattern) => quoted(pattern));
  return `${shown.join(" ")}${patterns.length > shown.length ? ` and ${patterns.length - shown.length} more` : ""}`;
};

function denyUsers(facts: LoginFacts): Rule | undefined {
  const patterns = patternsOf(facts, "denyusers");
  if (patterns.length === 0) return undefined;
  const { match, pattern } = best(patterns, (one) => matchesUser(facts.user, one, facts.client));
  const name = "DenyUsers";
  if (match === "no") return letsIn(name, `DenyUsers does not name ${facts.user}`);
  const message = `DenyUsers names ${facts.user} by ${quoted(pattern)}${by(facts, "denyusers")}`;
  const hint = `remove ${pattern} from DenyUsers, or push for another user`;
  return match === "depends"
    ? rule(
        "depends",
        name,
        `${message}: it depends on the client's address`,
        hint,
        logged(facts, "listed in DenyUsers"),
      )
    : rule("refuses", name, message, hint, logged(facts, "listed in DenyUsers"));
}

function allowUsers(facts: LoginFacts): Rule | undefined {
  const patterns = patternsOf(facts, "allowusers");
  if (patterns.length === 0) return undefined;
  const { match, pattern } = best(patterns, (one) => matchesUser(facts.user, one, facts.client));
  const name = "AllowUsers";
  if (match === "yes") return letsIn(name, `AllowUsers names ${facts.user} by ${quoted(pattern)}`);
  const hint = `add ${facts.user} to AllowUsers, or push for a user that it names`;
  const line = logged(facts, "not listed in AllowUsers");
  if (match === "depends") {
    const message = `AllowUsers names ${facts.user} only as ${quoted(pattern)}${by(facts, "allowusers")}: it depends on the client's address`;
    return rule(
      "depends",
      name,
      message,
      "log in from such an address, or add the client's; versions of sshd split a name with an @ differently: write ? for the @",
      line,
    );
  }
  const message = `AllowUsers does not name ${facts.user}: ${listed(patterns)}${by(facts, "allowusers")}`;
  return rule("refuses", name, message, hint, line);
}

function groupMatch({ groups = [] }: LoginFacts, patterns: readonly string[]) {
  // The groups come first, as in ga_match(): the result is the first group that matches.
  const group = groups.find((name) => patterns.some((pattern) => matchesPattern(name, pattern)));
  return group === undefined ? undefined : { group };
}

function denyGroups(facts: LoginFacts): Rule | undefined {
  const patterns = patternsOf(facts, "denygroups");
  if (patterns.length === 0) return undefined;
  if (facts.groups === undefined) return unknownGroups(facts, "DenyGroups");
  const found = groupMatch(facts, patterns);
  if (found === undefined) return letsIn("DenyGroups", `DenyGroups names no group of ${facts.user}`);
  return rule(
    "refuses",
    "DenyGroups",
    `DenyGroups names ${quoted(found.group)}, a group of ${facts.user}${by(facts, "denygroups")}`,
    `remove ${facts.user} from that group, or the group from DenyGroups`,
    logged(facts, "a group is listed in DenyGroups"),
  );
}

function allowGroups(facts: LoginFacts): Rule | undefined {
  const patterns = patternsOf(facts, "allowgroups");
  if (patterns.length === 0) return undefined;
  if (facts.groups === undefined) return unknownGroups(facts, "AllowGroups");
  const found = groupMatch(facts, patterns);
  if (found !== undefined) return letsIn("AllowGroups", `AllowGroups names ${quoted(found.group)} of ${facts.user}`);
  return rule(
    "refuses",
    "AllowGroups",
    `AllowGroups names no group of ${facts.user}: ${listed(patterns)}${by(facts, "allowgroups")}`,
    `put ${facts.user} into one of these groups: usermod -aG GROUP ${facts.user}`,
    logged(facts, "none of user's groups are listed in AllowGroups"),
  );
}

const unknownGroups = ({ user }: LoginFacts, name: string): Rule =>
  rule("not-known", name, `${name} is set, and the groups of ${user} are not known`, `ask: id ${user}`);

function logged({ user }: LoginFacts, why: string): string {
  return `User ${user} from ADDRESS not allowed because ${why}`;
}

/** RefuseConnection (openssh-versions.ts): applies before the client is asked for anything. */
function refuses(facts: LoginFacts): Rule | undefined {
  if (valueIn(facts, "refuseconnection") !== "yes") return undefined;
  const message = `RefuseConnection yes${by(facts, "refuseconnection")}`;
  return rule("refuses", "RefuseConnection", message, "remove that line", "administratively prohibited connection");
}

function root(facts: LoginFacts): Rule | undefined {
  if (facts.account?.kind !== "read" || facts.account.value.uid !== 0) return undefined;
  const value = valueIn(facts, "permitrootlogin") ?? "";
  const name = "PermitRootLogin";
  // An older sshd reports without-password; both accept a key.
  if (["yes", "prohibit-password", "without-password"].includes(value)) return letsIn(name, `${name} ${value}`);
  const hint = "set PermitRootLogin prohibit-password, or push for another user and use sudo";
  if (value === "forced-commands-only") {
    const message = `${name} ${value}${by(facts, "permitrootlogin")}: a pushed key has no forced command`;
    return rule("refuses", name, message, hint, ROOT_LINE);
  }
  if (value === "no") return rule("refuses", name, `${name} no${by(facts, "permitrootlogin")}`, hint, ROOT_LINE);
  return rule("not-known", name, `${name} is ${quoted(value)}, which is not known here`, hint);
}

const ROOT_LINE = "ROOT LOGIN REFUSED FROM ADDRESS port PORT";
