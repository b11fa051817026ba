/**
 * Plans how the running sshd reads its files without ending an open connection: by a reload; by a restart if a socket unit
 * is in front of it, or if its command line is outdated, which a reload would keep; by nothing if each connection reads the
 * files anew, or if sshd has read them since the change.
 */
import { statSync } from "node:fs";
import { type ConfigScan, commandLineSettings } from "./config-walk.ts";
import { type Process, processIn, type SshdProcess, settingWordsOf } from "./sshd-process.ts";

export interface ReloadInput {
  readonly running: SshdProcess;
  /** Setting words that sshd is started with from now on. */
  readonly words: readonly string[];
  /** When the files were last changed; see lastChange(). */
  readonly changedAt: Date;
  /** Whether files of units were changed. */
  readonly units: boolean;
  /** The unit that starts sshd. */
  readonly unit: string | undefined;
  /** Whether this run changed anything: if so, a process whose last read is not known is reloaded, too. */
  readonly changed: boolean;
}

/** `changedAt` for changes that have not been made yet. */
export const FUTURE = new Date(8.64e15);

/** The commands to run. The plan is undefined if no command is needed. */
export interface ReloadPlan {
  readonly commands: readonly (readonly string[])[];
  readonly by: "reload" | "restart" | "signal";
}

export const asCommand = ({ commands }: Pick<ReloadPlan, "commands">): string =>
  commands.map((words) => words.join(" ")).join(" && ");

export function planReload({ running, words, changedAt, units, unit, changed }: ReloadInput): ReloadPlan | undefined {
  const again = (stale: boolean) => (units || stale ? [["systemctl", "daemon-reload"]] : []);
  switch (running.kind) {
    case "no-system":
      return undefined;
    case "idle":
    case "per-connection":
      return units ? { commands: again(true), by: "reload" } : undefined;
    case "unknown":
      if (!changed) return undefined;
      return { commands: [...again(false), ["systemctl", "try-restart", unit ?? "sshd.service"]], by: "restart" };
    case "process":
      if (isUpToDate(running.process, words, changedAt, !changed)) return undefined;
      return { commands: [["kill", "-HUP", String(running.process.pid)]], by: "signal" };
    case "service": {
      const { socket, fromSocketUnit = false, process, needsDaemonReload } = running;
      if (isUpToDate(process, words, changedAt, !changed)) return undefined;
      const restart = socket !== undefined || fromSocketUnit || !hasSameOptions(process, words);
      const act = ["systemctl", restart ? "try-restart" : "reload", running.unit];
      return { commands: [...again(needsDaemonReload), act], by: restart ? "restart" : "reload" };
    }
    default:
      return running satisfies never;
  }
}

/**
 * Checks whether a process has read its files since the change, and has the options that it would have now.
 * @param untold the answer about the files if it is not known when the process read them
 */
export const isUpToDate = (process: Process, words: readonly string[], changedAt: Date, untold: boolean): boolean =>
  (process.readAt === undefined ? untold : process.readAt >= changedAt) && hasSameOptions(process, words);

/** Checks whether the options that override the files are the same: a reload keeps them. */
export function hasSameOptions(process: Process, words: readonly string[]): boolean {
  if (process.line === "") return true;
  return overridingOptions(settingWordsOf(process)) === overridingOptions(words);
}

function overridingOptions(words: readonly string[]): string {
  const options = commandLineSettings(words)
    .filter(({ keyword }) => keyword.startsWith("authorizedkeyscommand"))
    .map(({ keyword, value }) => `${keyword} ${value.replace(/["']/g, "")}`);
  const file = words.findLast((_, index) => words[index - 1] === "-f") ?? "";
  return [file, ...options].join("\n");
}

/** Returns whether the running process has what its files say, if known, and the command that brings it up to date. */
export function freshness({
  running,
  words,
  walk,
  unit,
}: Pick<ReloadInput, "running" | "words" | "unit"> & { readonly walk: ConfigScan }): {
  readonly upToDate: boolean | undefined;
  readonly command: string | undefined;
} {
  const changedAt = lastChange(walk);
  const steps = planReload({ running, words, changedAt, units: false, unit, changed: false });
  const process = processIn(running);
  const isTold = process !== undefined && (process.readAt !== undefined || !hasSameOptions(process, words));
  return {
    upToDate: isTold ? isUpToDate(process, words, changedAt, true) : undefined,
    command: steps && asCommand(steps),
  };
}

/** Returns when the files, or the directories that Include reads, were last changed. */
export function lastChange(walk: Pick<ConfigScan, "files" | "includes">): Date {
  const { files, folders } = timesOf(walk);
  return new Date(Math.max(0, ...[...files, ...folders].map(({ at }) => at)));
}

/** Times of change in milliseconds since 1970; 0 if they cannot be read. */
export interface FileTimes {
  readonly files: readonly { readonly path: string; readonly at: number }[];
  readonly folders: readonly { readonly path: string; readonly at: number }[];
}

export function timesOf({ files, includes }: Pick<ConfigScan, "files" | "includes">): FileTimes {
  const folders = includes.map(({ pattern }) => pattern.replace(/\/[^/]*$/, "")).filter((path) => path.startsWith("/"));
  return {
    // A file that is moved into place keeps its mtime, but not its ctime.
    files: files.map((path) => ({ path, at: timeOf(path, "ctimeMs") })),
    folders: folders.map((path) => ({ path, at: timeOf(path, "mtimeMs") })),
  };
}

function timeOf(path: string, which: "ctimeMs" | "mtimeMs"): number {
  try {
    return statSync(path)[which];
  } catch {
    return 0;
  }
}
