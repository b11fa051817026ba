/**
 * Every sshd that listens on this system, however it was started: found by /proc, with its ports and the options that say
 * which files it reads. A unit of one's own with `-f OTHER` is seen by nothing else. What /proc does not show is not
 * known, never "none".
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { settingWordsOf } from "./sshd-process.ts";
import { isSame, isThere } from "./systemctl.ts";
import { settingWords } from "./unit.ts";

export interface Listener {
  readonly pid: number;
  /** Ports, in order; undefined: not ours to see. */
  readonly ports: readonly number[] | undefined;
  /** `-f` and `-o`, each option as two words. */
  readonly words: readonly string[];
  /** Its program's file; undefined: not ours to see, or gone from the disk. */
  readonly program: string | undefined;
  /** Another root folder than ours, a container's or a chroot's: its files are not these. Undefined: not ours to see. */
  readonly elsewhere: boolean | undefined;
}

export interface Listeners {
  readonly found: readonly Listener[];
  /** Whether every process was seen: /proc may hide those of others (`hidepid`). */
  readonly whole: boolean;
}

/** @param proc where the processes are shown */
export function lookForListeners(proc = "/proc"): Listeners {
  const found = numbers(proc).flatMap((pid) => listenerAt(`${proc}/${pid}`, pid) ?? []);
  return { found: found.toSorted((a, b) => a.pid - b.pid), whole: isThere(`${proc}/1/stat`) };
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
  // A process of one connection, or of `sshd -T`: it listens on nothing. Where that cannot be seen, its words say it.
  if (ports?.length === 0 || (ports === undefined && !isDaemon(line))) return undefined;
  return {
    pid,
    ports,
    words,
    program: program?.endsWith(" (deleted)") === true ? undefined : program,
    elsewhere: isThere(`${at}/root/`) ? !isSame(`${at}/root/`, "/") : undefined,
  };
}

/** `sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups`. */
const TITLE = /^sshd: (.*?) \[listener\]/s;

/**
 * The settings on its command line. An sshd that listens shows its words in a title, their joints lost; before it has, and
 * up to OpenSSH 8.1, they stand as they were given.
 */
function wordsOf(line: string): string[] | undefined {
  const [, title] = TITLE.exec(line) ?? [];
  if (title !== undefined) return settingWordsOf({ line: title });
  const words = line.split("\0");
  return /(^|\/)sshd$/.test(words[0] ?? "") ? settingWords(words.filter((_, i) => i < words.length - 1)) : undefined;
}

/** Neither for one connection (`-i`) nor for a question (`-t`, `-T`, `-G`, `-V`). */
const isDaemon = (line: string): boolean =>
  TITLE.test(line) || !line.split("\0").some((word) => /^-[46DdeqR]*[itTGVR]/.test(word));

/** The ports that it listens on, of its own network; undefined where its sockets are not ours to see. */
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
