/**
 * pam_access: the first line of access.conf(5) that matches user and origin decides; without a match, all users may log in.
 * Only a result for any client address gets a verdict: an earlier line about origins makes the answer unknown. Pure.
 */
import { quoted } from "../../verify/verdict.ts";
import type { AccessFile, LoginFacts } from "./facts.ts";
import { type Rule, rulesOf } from "./rule.ts";

type Fit = "yes" | "no" | "unknown";

interface Line {
  readonly grants: boolean;
  readonly users: string;
  readonly origins: string;
  readonly place: string;
  readonly text: string;
}

export function judgeAccess(facts: LoginFacts, log: string): Rule {
  const { letsIn, rule, needsRoot } = rulesOf("pam");
  const name = "pam_access";
  const files = facts.pam.access;
  if (files === undefined) return needsRoot(name, "pam_access's file");
  const [strange] = files.flatMap(({ unusual }) => unusual);
  const hint = `let ${facts.user} in by a line before it; see access.conf(5)`;
  if (strange !== undefined)
    return rule("not-known", name, `pam_access has ${quoted(strange)}, which is not judged here`, hint, log);
  for (const line of files.flatMap(linesOf)) {
    const fit = both(usersFit(line.users, facts), originsFit(line.origins));
    if (fit === "no") continue;
    const message = `pam_access: ${quoted(line.text)} in ${line.place}`;
    if (fit === "unknown")
      return rule(
        "not-known",
        name,
        `${message} may apply: it depends on the client's address, or on a netgroup`,
        hint,
        log,
      );
    return line.grants
      ? letsIn(name, `${message} lets ${facts.user} in`)
      : rule("refuses", name, `${message} keeps ${facts.user} out`, hint, log);
  }
  return letsIn(name, `pam_access has no line about ${facts.user}`);
}

const linesOf = ({ path, text }: AccessFile): Line[] =>
  text.split("\n").flatMap((raw, index) => {
    const [, sign, users, origins] = /^\s*([+-])\s*:([^:]*):(.*)$/.exec(raw) ?? [];
    if (sign === undefined || users === undefined || origins === undefined) return [];
    return [{ grants: sign === "+", users, origins, place: `${path}:${index + 1}`, text: raw.trim() }];
  });

const both = (a: Fit, b: Fit): Fit =>
  a === "no" || b === "no" ? "no" : a === "yes" && b === "yes" ? "yes" : "unknown";

/** Implements list_match() of pam_access: a token before EXCEPT matches, and no token after it does. */
function listFit(list: readonly string[], fit: (token: string) => Fit): Fit {
  const end = list.indexOf("EXCEPT");
  const tokens = (end === -1 ? list : list.slice(0, end)).map(fit);
  const found: Fit = tokens.includes("yes") ? "yes" : tokens.includes("unknown") ? "unknown" : "no";
  if (found === "no" || end === -1) return found;
  const except = listFit(list.slice(end + 1), fit);
  if (except === "yes") return "no";
  return except === "unknown" ? "unknown" : found;
}

const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== "");

function usersFit(list: string, { user, groups, account }: LoginFacts): Fit {
  const inGroup = (name: string): Fit => (groups === undefined ? "unknown" : groups.includes(name) ? "yes" : "no");
  return listFit(words(list), (token) => {
    if (token === "ALL" || token.toLowerCase() === user.toLowerCase()) return "yes";
    if (token.startsWith("@") || /^[^@]+@/.test(token)) return "unknown";
    const [, group] = /^\((.*)\)$/.exec(token) ?? [];
    if (group !== undefined) return inGroup(group);
    if (token === "root") return account?.kind === "read" && account.value.uid === 0 ? "unknown" : "no";
    // Without nodefgroup, a plain word may also be a group.
    return inGroup(token);
  });
}

const originsFit = (list: string): Fit => listFit(words(list), (token) => (token === "ALL" ? "yes" : "unknown"));
