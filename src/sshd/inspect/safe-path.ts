/**
 * Whether sshd would run a file, by the rules of safe_path() in its misc.c. The file and every directory above its real path
 * must belong to root, and no other user may write to them. No exception for sticky directories. Debian has one for groups.
 */
import { realpathSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "../../errno.ts";

export interface PathPart {
  readonly path: string;
  readonly kind: "file" | "folder" | "other";
  readonly uid: number;
  readonly gid: number;
  /** Permission bits, including sticky, setuid and setgid. */
  readonly mode: number;
}

/** The parts of a path: the real file first, then each directory above it up to the root. */
export type PathLookup =
  | { readonly kind: "found"; readonly parts: readonly [PathPart, ...PathPart[]] }
  | { readonly kind: "missing"; readonly code: string };

/** @param path absolute */
export function lookUpPath(path: string): PathLookup {
  try {
    const real = realpathSync(path);
    const parts: [PathPart, ...PathPart[]] = [partAt(real)];
    for (let at = real; at !== dirname(at); at = dirname(at)) parts.push(partAt(dirname(at)));
    return { kind: "found", parts };
  } catch (error) {
    return { kind: "missing", code: codeOf(error) };
  }
}

function partAt(path: string): PathPart {
  const stats = statSync(path);
  return { path, kind: kindOf(stats), uid: stats.uid, gid: stats.gid, mode: stats.mode & 0o7777 };
}

function kindOf(stats: Stats): PathPart["kind"] {
  if (stats.isFile()) return "file";
  return stats.isDirectory() ? "folder" : "other";
}

export interface UnsafePart {
  readonly part: PathPart;
  readonly why: string;
  /** The sshd of Debian, Ubuntu and their derivatives runs the file nevertheless (their user-group-modes.patch). */
  readonly byDebianSafe: boolean;
}

/**
 * Returns the first part for which sshd refuses to run the file, and the reason; undefined if sshd runs it. A part that
 * every sshd refuses comes before one that only some refuse.
 * @param rootsGroups groups whose only member is root
 */
export function safePathFlaw(
  [file, ...folders]: readonly [PathPart, ...PathPart[]],
  rootsGroups: ReadonlySet<number> = new Set(),
): UnsafePart | undefined {
  if (file.kind !== "file") return { part: file, why: "is not a regular file", byDebianSafe: false };
  const unsafe = [file, ...folders].flatMap((part) => partFlaw(part, rootsGroups) ?? []);
  return unsafe.find(({ byDebianSafe }) => !byDebianSafe) ?? unsafe[0];
}

function partFlaw(part: PathPart, rootsGroups: ReadonlySet<number>): UnsafePart | undefined {
  const { uid, gid, mode } = part;
  if (uid !== 0) return { part, why: `belongs to user ${uid}, not to root`, byDebianSafe: false };
  if ((mode & 0o022) === 0) return undefined;
  const byDebianSafe = (mode & 0o002) === 0 && rootsGroups.has(gid);
  return { part, why: `is writable by group or others (mode ${octal(part)})`, byDebianSafe };
}

const BITS = { read: 0o4, write: 0o2, execute: 0o1 } as const;

/**
 * Returns the first part, the file or a directory, that keeps `user` from reading, writing or executing the file; undefined
 * if no part does.
 */
export function reachFlaw(
  parts: readonly PathPart[],
  user: { readonly uid: number; readonly groups: readonly number[] },
  wanted: keyof typeof BITS,
): PathPart | undefined {
  return parts.toReversed().find(({ kind, uid, gid, mode }) => {
    const bit = kind === "folder" ? BITS.execute : BITS[wanted];
    // Root passes every check, but executes only a file that has an execute bit.
    if (user.uid === 0) return kind !== "folder" && wanted === "execute" && (mode & 0o111) === 0;
    if (uid === user.uid) return (mode & (bit << 6)) === 0;
    return (mode & (user.groups.includes(gid) ? bit << 3 : bit)) === 0;
  });
}

export const octal = ({ mode }: Pick<PathPart, "mode">): string => mode.toString(8).padStart(4, "0");
