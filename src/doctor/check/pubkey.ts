/**
 * Whether sshd accepts public keys at all, what Match blocks change for some users, and which other programs are configured.
 * Pure.
 */

import { agentOf } from "../../sshd/inspect/command-owner.ts";
import {
  type ConfigScan,
  describeSource,
  noneAsUndefined,
  permissionFlaw,
  type Setting,
  sourceOf,
} from "../../sshd/inspect/config-walk.ts";
import { namesUs, ownLinesForSome } from "../../sshd/inspect/own-lines.ts";
import { methodsRule } from "../../sshd/login/methods.ts";
import { quoted } from "../../verify/verdict.ts";
import { describeCheck, type Finding } from "../finding.ts";
import { OPEN_WAYS } from "./command.ts";
import type { SshdFacts } from "./sshd.ts";

export function judgeKeys(sshd: SshdFacts, awsFound: readonly string[]): Finding[] {
  return [pubkey(sshd), matchBlocks(sshd), otherAgents(sshd, awsFound)];
}

function pubkey({ effective, walk, words }: SshdFacts): Finding {
  const { ok, warning, failed, needsRoot, notApplicable } = describeCheck("pubkey");
  if (effective.kind === "unknown") {
    return effective.why === "needs-root"
      ? needsRoot("querying sshd")
      : notApplicable("sshd does not report what is in force");
  }
  const [value = "yes"] = effective.values.get("pubkeyauthentication") ?? [];
  const [methods = "any"] = effective.values.get("authenticationmethods") ?? [];
  const source = sourceOf("pubkeyauthentication", value, walk, words);
  const by = source === undefined ? "" : `, by ${describeSource(source)}`;
  if (value !== "yes") return failed(`${value}${by}: sshd accepts no keys`, "set PubkeyAuthentication yes", { value });
  const lists = sourceOf("authenticationmethods", methods, walk, words);
  const rule = methodsRule(methods, lists === undefined ? "" : `, by ${describeSource(lists)}`);
  if (rule.verdict === "refuses") return failed(`yes${by}, but ${rule.message}`, rule.hint ?? "", { methods });
  if (rule.verdict === "wants-more") return warning(`yes${by}, but ${rule.message}`, rule.hint ?? "", { methods });
  return ok(`yes${by}`);
}

/** Settings that a Match block can change for some users without any message. */
const TOLD = new Map([
  ["authorizedkeyscommand", "AuthorizedKeysCommand"],
  ["authorizedkeyscommanduser", "AuthorizedKeysCommandUser"],
  ["pubkeyauthentication", "PubkeyAuthentication"],
  ["authenticationmethods", "AuthenticationMethods"],
]);

function matchBlocks({ walk, user, effective }: SshdFacts): Finding {
  const { ok, warning, needsRoot, notApplicable } = describeCheck("match-blocks");
  const closed = permissionFlaw(walk);
  if (closed !== undefined) return needsRoot(`reading ${closed}`);
  if (walk.files.length === 0) return notApplicable("the configuration could not be read");
  const inForce = (keyword: string) => (effective.kind === "known" ? effective.values.get(keyword)?.[0] : undefined);
  const others = walk.settings.filter(
    ({ keyword, value, match }) =>
      match.length > 0 && TOLD.has(keyword) && noneAsUndefined(value) !== noneAsUndefined(inForce(keyword) ?? "none"),
  );
  const [first, ...more] = others;
  if (first === undefined) return ok("none changes how sshd looks up keys");
  const message = `${TOLD.get(first.keyword)} is ${quoted(first.value)} by ${describeSource({ kind: "file", ...first })}`;
  const count = more.length === 0 ? "" : `, and ${more.length} more such lines`;
  if (user === undefined && others.every(isOwnBlock(walk)))
    return ok(`for some users: ${message}${count}`, { file: first.file, line: first.line });
  if (user !== undefined) return ok(`not for ${user} from this host: ${message}${count}`);
  return warning(`for some users, ${message}${count}`, "for one user: eic-agent doctor --user USER", {
    file: first.file,
    line: first.line,
  });
}

/** Checks for a line in a block that names eic-agent's command for some users only. */
const isOwnBlock =
  (walk: ConfigScan) =>
  ({ file, match }: Setting): boolean =>
    walk.settings.some((one) => namesUs(one) && one.file === file && one.match.join("\n") === match.join("\n"));

function otherAgents({ walk }: SshdFacts, awsFound: readonly string[]): Finding {
  const { ok, warning, needsRoot } = describeCheck("other-commands");
  const closed = permissionFlaw(walk);
  const others = walk.settings.filter(
    (setting) => setting.keyword === "authorizedkeyscommand" && noneAsUndefined(setting.value),
  );
  const [other] = others.filter(({ value }) => agentOf(value)?.ours === false);
  const [found] = awsFound;
  if (found !== undefined) {
    return warning(
      `${found} is AWS's ec2-instance-connect package; its updates add it to sshd's configuration again`,
      `both answer for the same pushed keys: remove that package, or ${OPEN_WAYS}`,
      { file: found },
    );
  }
  if (other !== undefined) {
    return warning(
      `${quoted(other.value)} of ${agentOf(other.value)?.owner}, by ${describeSource({ kind: "file", ...other })}`,
      hintBeside(other, walk),
      { file: other.file, line: other.line },
    );
  }
  // A file that could not be read may name another program.
  if (closed !== undefined) return needsRoot(`reading ${closed}`);
  return ok("no other program is named in sshd's configuration");
}

/** Returns the hint. If either command is for some users only, the administrator has decided on both. */
const hintBeside = (other: Setting, walk: ConfigScan): string =>
  ownLinesForSome(walk).length > 0 || other.match.length > 0
    ? "sshd runs only one command for each user: the Match blocks select which"
    : `sshd runs only one command: ${OPEN_WAYS}`;
