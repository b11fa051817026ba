/** The command that sshd runs: whether it is eic-agent's, which line sets it, and whether sshd would run it. Pure. */

import { RELAY_PATH } from "../../host/installed-paths.ts";
import { present } from "../../present.ts";

import { splitArgs, unknownTokens } from "../../sshd/inspect/command-line.ts";
import { describeSource, type Setting, type Source, sourceOf } from "../../sshd/inspect/config-walk.ts";
import { namesUs, ownLinesForSome } from "../../sshd/inspect/own-lines.ts";
import { quoted } from "../../verify/verdict.ts";
import { describeCheck, type Finding } from "../finding.ts";
import type { CommandFacts } from "./command-facts.ts";
import { judgePath } from "./command-path.ts";
import type { SshdFacts } from "./sshd.ts";

export function judgeCommand(facts: CommandFacts): Finding[] {
  return [command(facts), judgePath(facts), words(facts), user(facts), chained(facts)];
}

const LINES = `AuthorizedKeysCommand ${RELAY_PATH} %u %f, and AuthorizedKeysCommandUser eic-agent`;
/** The dry run makes the same decision that would refuse the flags. */
export const OPEN_WAYS = "eic-agent sshd enable --dry-run lists the flags that are possible here";
const ROOT_HINT = "sshd's configuration";

function command({ sshd, inForce, agent }: CommandFacts): Finding {
  const { ok, warning, failed, needsRoot } = describeCheck("command");
  if (inForce === undefined) return needsRoot(ROOT_HINT);
  const whose = sshd.user === undefined ? "" : ` for ${sshd.user}`;
  const source = sourceOf("authorizedkeyscommand", inForce.command, sshd.walk, sshd.words);
  const by = source === undefined ? "" : `, by ${place(source, sshd)}`;
  const unsure = inForce.by === "files" ? "; according to the files only, sshd was not queried" : "";
  const facts = { command: inForce.command ?? "none", ...factsOf(source) };
  const some = ownLinesForSome(sshd.walk);
  if (inForce.by === "match") return ok(`eic-agent for some users only, by ${placesOf(some)}`, facts);
  if (agent?.ours === true) return ok(`eic-agent${whose}${by}${unsure}`, facts);
  if (agent?.isTrial === true)
    return warning(
      `a trial of eic-agent${whose}${by}${unsure}: ${quoted(agent.chained[0] ?? "")} decides alone`,
      "eic-agent status counts agreements and differences; eic-agent sshd enable --replace ends the trial",
      facts,
    );

  const ours = sshd.walk.settings.find(namesUs);
  const later = ours === undefined ? "" : `; eic-agent's own, ${place({ kind: "file", ...ours }, sshd)}, is read later`;
  const is =
    inForce.command === undefined ? "none" : `${quoted(inForce.command)} of ${agent?.owner ?? "another program"}`;
  return failed(
    `${is}${whose}${by}${later}${unsure}`,
    hintFor(source, ours !== undefined, inForce.command, some),
    facts,
  );
}

const placesOf = (lines: readonly Setting[]): string =>
  lines.map((line) => describeSource({ kind: "file", ...line })).join("; ");

/**
 * Returns the hint. No hint here extends the command to more users (docs/decisions/0155); `enable` says which flags would do
 * it.
 */
function hintFor(
  source: Source | undefined,
  oursIsThere: boolean,
  found: string | undefined,
  some: readonly Setting[],
): string {
  if (some.length > 0) return "it is only for the users of the Match block, which an administrator wrote";
  if (found === undefined && source !== undefined)
    return "an administrator wrote that line: it applies until it is removed";
  if (source === undefined) return `eic-agent sshd enable; by hand, name it: ${LINES}`;
  if (source.kind === "file" && source.match.length > 0) {
    return `a Match block overrides everything: remove the line from it, or write there: ${LINES}`;
  }
  const how = oursIsThere
    ? "the first value wins: remove that line, or have eic-agent's line read first"
    : "run both, or one of them";
  return `${how}: ${OPEN_WAYS}`;
}

const place = (source: Source, { unit }: SshdFacts): string =>
  source.kind === "command-line" && unit !== undefined
    ? `sshd's command line in ${unit.file}:${unit.line}`
    : describeSource(source);

function factsOf(source: Source | undefined) {
  if (source?.kind !== "file") return source === undefined ? {} : { source: "command line" };
  const { file, line, match } = source;
  return present({ source: file, line, match: match.length === 0 ? undefined : match.join(" ") });
}

/** Checks the arguments of eic-agent's command: `%u %f`, then nothing or `--` with another command. */
function words({ inForce, agent, sshd }: CommandFacts): Finding {
  const { ok, warning, failed, needsRoot, notApplicable } = describeCheck("command-arguments");
  if (inForce === undefined) return needsRoot(ROOT_HINT);
  if (inForce.command === undefined) return notApplicable("no command");
  const split = splitArgs(inForce.command);
  const hint = `write: ${LINES}`;
  if (split === undefined || agent === undefined) return failed("a quote is never closed: sshd runs nothing", hint);
  const [bad] = split.slice(1).flatMap((word) => unknownTokens(word, sshd.version));
  if (bad !== undefined) {
    return failed(`sshd does not know ${quoted(bad)}: it drops every connection that reaches the command`, hint);
  }
  if (!agent.ours) return notApplicable("not eic-agent's");
  const [first, second, third] = ownArguments(split);
  if (first === undefined && split.length === 1)
    return warning("no %f: each call answers for every key of the user", hint);
  if (first !== "%u") return failed(`${quoted(first ?? "nothing")} is in the place of the user`, hint);
  if (second === undefined) return warning("no %f: each call answers for every key of the user", hint);
  if (second !== "%f") return failed(`${quoted(second)} is in the place of the fingerprint`, hint);
  if (third !== undefined && third !== "--") return failed(`unexpected argument ${quoted(third)}`, hint);
  return ok("user and fingerprint of the key");
}

/** Returns the arguments after `authorized-keys`; if the line names the program itself, those after its options. */
function ownArguments(split: readonly string[]): string[] {
  const door = split.findIndex((word) => /(^|\/)authorized-keys$/.test(word));
  const rest = split.slice(door + 1);
  if (split[door] !== "authorized-keys") return rest;
  if (rest[0] === "--config") return rest.slice(2);
  return rest[0]?.startsWith("--config=") ? rest.slice(1) : rest;
}

function user({ inForce, account }: CommandFacts): Finding {
  const { ok, warning, failed, needsRoot, notApplicable } = describeCheck("command-user");
  if (inForce === undefined) return needsRoot(ROOT_HINT);
  const { command: set, user: name } = inForce;
  if (set === undefined) return notApplicable("no command");
  if (name === undefined) return failed("AuthorizedKeysCommandUser is not set: sshd runs nothing", "set it: eic-agent");
  if (account === undefined) return notApplicable(`${name}: there is no getent to look it up`);
  const { found } = account;
  if (found === undefined) {
    return failed(
      `there is no user ${quoted(name)}: sshd runs nothing, and sshd -t does not notice`,
      `make it: useradd --system --no-create-home --shell /usr/sbin/nologin ${name}`,
      { user: name },
    );
  }
  const facts = { user: name, uid: found.uid };
  if (found.uid === 0) return warning("it runs as root, which it does not need", "set another user: eic-agent", facts);
  return ok(`${name}, uid ${found.uid}`, facts);
}

function chained({ agent, chained: got }: CommandFacts): Finding {
  const { ok, fault, notApplicable } = describeCheck("chained");
  if (got === undefined) return notApplicable("none");
  return got.kind === "fault" ? fault(got.fault) : ok((agent?.chained ?? [got.value]).map((word) => word).join(" "));
}
