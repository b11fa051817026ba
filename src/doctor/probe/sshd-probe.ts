/** Examines sshd: its version, how it is started, its files, and its own report of them. Changes nothing. */

import { AGENT_PATH, RELAY_PATH } from "../../host/installed-paths.ts";
import { checkTrustedProgram } from "../../host/program.ts";
import { groupsOfRootAlone, lookUpAccount } from "../../sshd/inspect/accounts.ts";
import { agentOf, type KeyCommand } from "../../sshd/inspect/command-owner.ts";
import {
  type ConfigFiles,
  globalSource,
  noneAsUndefined,
  permissionFlaw,
  walkConfig,
} from "../../sshd/inspect/config-walk.ts";
import { closedPart, commandIn, effectiveSettings } from "../../sshd/inspect/effective.ts";
import { hearSshds } from "../../sshd/inspect/every-sshd.ts";
import { type Exec, systemPrograms } from "../../sshd/inspect/exec.ts";
import { systemFiles } from "../../sshd/inspect/glob.ts";
import { commandUserOf, ownLinesForSome } from "../../sshd/inspect/own-lines.ts";
import { freshness } from "../../sshd/inspect/reload-plan.ts";
import { lookUpPath } from "../../sshd/inspect/safe-path.ts";
import { findSshd } from "../../sshd/inspect/sshd-process.ts";
import { sshdVersion } from "../../sshd/inspect/sshd-query.ts";
import { startingUnit } from "../../sshd/inspect/starting-unit.ts";
import { settingWords } from "../../sshd/inspect/unit.ts";
import { Fault } from "../../verify/errors.ts";
import type { CommandFacts } from "../check/command-facts.ts";
import type { SshdFacts } from "../check/sshd.ts";
import type { Result } from "../finding.ts";

const MAIN = "/etc/ssh/sshd_config";
/** The folder for the drop-ins of packages, whether or not the main file includes it. */
const DROP_INS = "/etc/ssh/sshd_config.d/*.conf";

/**
 * Examines sshd.
 * @param user the user whose connection is matched with the Match blocks; without one, the global settings count
 */
export async function lookAtSshd(
  user: string | undefined,
  programs: Exec = systemPrograms,
  files: ConfigFiles = systemFiles,
): Promise<SshdFacts> {
  const unit = await startingUnit(files, programs);
  const words = settingWords(unit?.words ?? []);
  const main = words.findLast((_, index) => words[index - 1] === "-f") ?? MAIN;
  const walk = walkConfig(main, files);
  const program = programs.find("sshd");
  const closed = programs.root ? undefined : permissionFlaw(walk);
  const connection = user === undefined ? undefined : { user };
  const effective =
    closed === undefined ? await effectiveSettings({ words, connection }, programs) : closedPart(closed);
  const pidFile = effective.kind === "known" ? effective.values.get("pidfile")?.[0] : undefined;
  const running = await findSshd(program ?? "", pidFile, programs);
  const strays = files.glob(DROP_INS).filter((path) => !walk.files.includes(path));
  return {
    program,
    version: await sshdVersion(programs),
    unit,
    words,
    main,
    walk,
    strays: strays.map((path) => ({ path, settings: walkConfig(path, files).settings })),
    user,
    effective,
    running,
    heard: await hearSshds(files, programs),
    ...freshness({ running, words, walk, unit: unit?.unit }),
  };
}

/** Returns the settings in force as far as they are known: from sshd itself, or else from its files. */
function inForce({
  effective,
  walk,
  words,
  user: asked,
}: Pick<SshdFacts, "effective" | "walk" | "words" | "user">): CommandFacts["inForce"] {
  const found = foundIn({ effective, walk, words });
  if (found === undefined || asked !== undefined || isOurs(found.command)) return found;
  // A Match block names the command for some users only: without --user, that line is examined.
  const [line] = ownLinesForSome(walk);
  return line === undefined ? found : { by: "match", command: line.value, user: commandUserOf(line, walk, words) };
}

const isOurs = (command: string | undefined): boolean => command !== undefined && agentOf(command)?.ours === true;

function foundIn({ effective, walk, words }: Pick<SshdFacts, "effective" | "walk" | "words">): CommandFacts["inForce"] {
  if (effective.kind === "known") return { by: "sshd", ...commandIn(effective.values) };
  if (walk.files.length === 0 || walk.unreadable.length > 0) return undefined;
  const value = (keyword: string) => noneAsUndefined(globalSource(keyword, walk, words)?.value ?? "none");
  return { by: "files", command: value("authorizedkeyscommand"), user: value("authorizedkeyscommanduser") };
}

export async function lookAtCommand(sshd: SshdFacts, programs: Exec = systemPrograms): Promise<CommandFacts> {
  const found = inForce(sshd);
  const agent = found?.command === undefined ? undefined : agentOf(found.command);
  const looks = agent === undefined ? [] : programsOf(agent).map((path) => ({ path, look: lookUpPath(path) }));
  const parts = looks.flatMap(({ look }) => (look.kind === "found" ? look.parts : []));
  const writers = parts.filter(({ mode }) => (mode & 0o020) !== 0).map(({ gid }) => gid);
  return {
    sshd,
    inForce: found,
    agent,
    looks,
    rootsGroups: await groupsOfRootAlone([...new Set(writers)], programs),
    account: found?.user === undefined ? undefined : await lookUpAccount(found.user, programs),
    chained: chainedProgram(agent),
  };
}

/** Lists the programs to examine. The relay becomes the one-shot program if the service does not answer. */
const programsOf = ({ ours, program, files }: KeyCommand): string[] =>
  ours && program === RELAY_PATH ? [program, ...files, AGENT_PATH] : [program, ...files];

/** Checks the chained program exactly as a login does. */
function chainedProgram(agent: KeyCommand | undefined): Result<string> | undefined {
  const [program] = agent?.chained ?? [];
  if (program === undefined) return undefined;
  try {
    checkTrustedProgram(program);
    return { kind: "value", value: program };
  } catch (error) {
    if (error instanceof Fault) return { kind: "fault", fault: error };
    throw error;
  }
}
