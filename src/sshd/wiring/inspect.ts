/** The state before any change: sshd, its files and units, the settings in force, and the running sshd. */
import { type ConfigScan, permissionFlaw, walkConfig } from "../inspect/config-walk.ts";
import { closedPart } from "../inspect/effective.ts";
import { type Exec, systemPrograms } from "../inspect/exec.ts";
import { type FileSystem, systemDisk } from "../inspect/file-changes.ts";
import { areHanded, listeningOf } from "../inspect/listening.ts";
import { findSshd, type SshdProcess, settingWordsOf } from "../inspect/sshd-process.ts";
import { sshdVersion } from "../inspect/sshd-query.ts";
import { PER_CONNECTION, type SshdUnit, settingWords, sshdUnit } from "../inspect/unit.ts";
import type { SessionSetting } from "../inspect/user-environment.ts";
import { isKnown, querySshd, type SshdQuery } from "./verify.ts";

const MAIN = "/etc/ssh/sshd_config";
const PID_FILE = "/run/sshd.pid";

/** Access to the system: the disk and programs; and what eic-agent's settings want of sshd. */
export interface System {
  readonly disk: FileSystem;
  readonly programs: Exec;
  readonly session: SessionSetting;
}

/** This system, with the settings that were read. */
export const systemWorld = (session: SessionSetting): System => ({
  disk: systemDisk,
  programs: systemPrograms,
  session,
});

export interface SshdState {
  readonly program: string | undefined;
  /** `OpenSSH_9.2p1`; undefined if it is not needed, or not known. */
  readonly version: string | undefined;
  readonly unit: SshdUnit | undefined;
  /** The names that its unit may have; undefined: the usual names. */
  readonly unitNames: readonly string[] | undefined;
  /** The main file. */
  readonly main: string;
  /** Setting words that sshd is started with: by its unit, or, if no unit starts it, those of the running sshd. */
  readonly words: readonly string[];
  /** The same, if no unit starts it. */
  readonly processArgs: readonly string[] | undefined;
  /** The main file and what it includes. */
  readonly walk: ConfigScan;
  readonly running: SshdProcess;
  readonly runningWords: readonly string[];
  readonly answer: SshdQuery;
  /** As sshd reports it; undefined if sshd could not be asked. */
  readonly pidFile: string | undefined;
  /** Whether a directory that sshd lacks may be made for the query: only if no running system could start sshd. */
  readonly mayMakeFolder: boolean;
}

export async function inspect({ disk, programs, session }: System): Promise<SshdState> {
  const program = programs.find("sshd");
  const early = await findSshd(program ?? "", PID_FILE, programs);
  const unitNames = early.kind === "per-connection" ? PER_CONNECTION : undefined;
  const unit = sshdUnit(disk, unitNames);
  const mayMakeFolder = programs.root && early.kind === "no-system";
  const ask = async (words: readonly string[]): Promise<SshdQuery> => {
    const closed = programs.root ? undefined : permissionFlaw(walkConfig(mainOf(words), disk));
    return closed === undefined
      ? querySshd({ disk, main: mainOf(words), words, mayMakeFolder }, programs)
      : closedPart(closed);
  };

  const unitWords = settingWords(unit?.words ?? []);
  const first = await ask(unitWords);
  const pidFile = isKnown(first) ? first.values.get("pidfile")?.[0] : undefined;
  const running = pidFile === undefined ? early : await findSshd(program ?? "", pidFile, programs);
  const isSshd = running.kind === "service" || (running.kind === "process" && running.verified);
  const runningWords = isSshd ? settingWordsOf(running.process) : [];
  const processArgs = isSshd && running.kind === "process" ? runningWords : undefined;
  const words = processArgs ?? unitWords;
  const answer = words.join("\n") === unitWords.join("\n") ? first : await ask(words);
  return {
    program,
    version: session.kind === "on" ? await sshdVersion(programs) : undefined,
    unit,
    unitNames,
    main: mainOf(words),
    walk: walkConfig(mainOf(words), disk),
    words,
    processArgs,
    running: withItsSockets(running, answer),
    runningWords,
    answer,
    pidFile,
    mayMakeFolder,
  };
}

/** Adds `fromSocketUnit`: only a comparison with the configuration shows which sockets sshd has made itself. */
function withItsSockets(running: SshdProcess, answer: SshdQuery): SshdProcess {
  const isAlone = (running.kind === "service" && running.socket === undefined) || running.kind === "process";
  if (!isAlone || !isKnown(answer)) return running;
  const listens = listeningOf(running.process.pid);
  return { ...running, fromSocketUnit: areHanded(listens, answer.values.get("listenaddress") ?? []) };
}

const mainOf = (words: readonly string[]): string => words.findLast((_, index) => words[index - 1] === "-f") ?? MAIN;
