/**
 * Every sshd that listens on this system, no matter how it was started: found in /proc, with its ports and the options that
 * determine which files it reads. An administrator's own unit with `-f OTHER` is found in no other way. A process that /proc
 * does not show counts as not known, never as absent.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { settingWordsOf } from "./sshd-process.ts";
import { isSame, isThere } from "./systemctl.ts";
import { settingWords } from "./unit.ts";

export interface Listener {
  readonly pid: number;
  /** Ports, in order; undefined if this process may not see them. */
  readonly ports: readonly number[] | undefined;
  /** `-f` and `-o`, each option as two words. */
  readonly words: readonly string[];
  /** The file of its program; undefined if this process may not see it, or it is gone from the disk. */
  readonly program: string | undefined;
  /**
   * Whether it has another root directory, as in a container or chroot: then its files are not this system's. Undefined if
   * this process may not see it.
   */
  readonly hasOtherRoot: boolean | undefined;
}

export interface Listeners {
  readonly found: readonly Listener[];
  /** Whether every process was seen: /proc may hide those of other users (`hidepid`). */
  readonly isComplete: boolean;
}

/** @param proc the mount point of procfs */
export function lookForListeners(proc = "/proc"): Listeners {
  const found = numbers(proc).flatMap((pid) => listenerAt(`${proc}/${pid}`, pid) ?? []);
  return { found: found.toSorted((a, b) => a.pid - b.pid), isComplete: isThere(`${proc}/1/stat`) };
}

function numbers(folder: string): number[] {
  try {
    return readdirSync(folder).flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

function listenerAt(at: string, pid: number): Listener | undefined {
  const line = textOf(`${at}/cmdline`);
  if (line === undefined || line === "") return undefined;
  const program = linkOf(`${at}/exe`);
  const words = wordsOf(line);
  if (words === undefined || (program !== undefined && !/(^|\/)sshd( \(deleted\))?$/.test(program))) return undefined;
  const ports = portsOf(at);
  // A process for one connection or for `sshd -T` listens on nothing. If its sockets cannot be seen, its words are checked.
  if (ports?.length === 0 || (ports === undefined && !isDaemon(line))) return undefined;
  return {
    pid,
    ports,
    words,
    program: program?.endsWith(" (deleted)") === true ? undefined : program,
    hasOtherRoot: isThere(`${at}/root/`) ? !isSame(`${at}/root/`, "/") : undefined,
  };
}

/** The title of a listening sshd: `sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups`. */
const TITLE = /^sshd: (.*?) \[listener\]/s;

/**
 * Returns the settings on its command line. A listening sshd shows its words in a title, without word boundaries. Before it
 * listens, and up to OpenSSH 8.1, the words are as given.
 */
function wordsOf(line: string): string[] | undefined {
  const [, title] = TITLE.exec(line) ?? [];
  if (title !== undefined) return settingWordsOf({ line: title });
  const words = line.split("\0");
  return /(^|\/)sshd$/.test(words[0] ?? "") ? settingWords(words.filter((_, i) => i < words.length - 1)) : undefined;
}

/** Checks for a daemon: neither for one connection (`-i`) nor for a query (`-t`, `-T`, `-G`, `-V`). */
const isDaemon = (line: string): boolean =>
  TITLE.test(line) || !line.split("\0").some((word) => /^-[46DdeqR]*[itTGVR]/.test(word));

/** Returns the ports that it listens on, in its own network namespace; undefined if this process may not see its sockets. */
function portsOf(at: string): number[] | undefined {
  let sockets: string[];
  try {
    sockets = readdirSync(`${at}/fd`).flatMap(
      (fd) => /^socket:\[(\d+)\]$/.exec(linkOf(`${at}/fd/${fd}`) ?? "")?.[1] ?? [],
    );
  } catch {
    return undefined;
  }
  const listening = ["tcp", "tcp6"].flatMap((name) =>
    (textOf(`${at}/net/${name}`) ?? "").split("\n").flatMap((row) => {
      // proc(5): local address, remote one, state (0A: LISTEN), … , inode.
      const [, local = "", , state, , , , , , inode = ""] = row.trim().split(/\s+/);
      return state === "0A" && sockets.includes(inode) ? [Number.parseInt(local.split(":").at(-1) ?? "", 16)] : [];
    }),
  );
  return [...new Set(listening)].toSorted((a, b) => a - b);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
