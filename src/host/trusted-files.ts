/**
 * Reads security-critical files: settings, trust anchors, a named identity file. A user who can change one can grant
 * themselves access. So one function opens them all, by sshd's rule for its own files: owned by root and writable only by
 * root.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  type Stats,
  statSync,
} from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { codeOf } from "../errno.ts";
import { Fault } from "../verify/errors.ts";

/** S_ISVTX. */
const STICKY = 0o1000;
/** Maximum number of symbolic links on one path, as in the kernel. */
const MAX_LINKS = 40;

export interface TrustedFile {
  readonly path: string;
  /** True for a file named with --config, or named by such a file: the effective user may own it, too. */
  readonly allowOwnFiles: boolean;
  /** Maximum bytes. */
  readonly limit: number;
}

/**
 * Reads a security-critical file. It is opened once, and the checks apply to the opened file.
 * @returns its text; undefined if there is no such file (ENOENT, and no dangling link)
 * @throws Fault FILE_UNREADABLE if it cannot be read for any other reason; FILE_UNTRUSTED if, by its owner or mode or those
 *   of a folder above it, another user could have written it
 */
export function readTrustedFile(file: TrustedFile): string | undefined {
  const fd = open(file);
  if (fd === undefined) return undefined;
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw unreadable(file, "not a regular file");
    checkOwnerAndMode(file, file.path, stats);
    checkFolders(file, stats);
    return readAll(file, fd, stats.size);
  } finally {
    closeSync(fd);
  }
}

/** Reads a file that was named explicitly, so it must exist: its absence must not turn a check off. */
export function readRequiredFile(file: TrustedFile): string {
  const text = readTrustedFile(file);
  if (text === undefined) throw unreadable(file, "ENOENT");
  return text;
}

function open(file: TrustedFile): number | undefined {
  try {
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    return openSync(file.path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    if (isAbsent(file, error)) return undefined;
    throw unreadable(file, codeOf(error), error);
  }
}

/** Checks whether the file is absent. A dangling link, which also gives ENOENT, is a configuration error instead. */
function isAbsent({ path }: TrustedFile, error: unknown): boolean {
  if (codeOf(error) !== "ENOENT") return false;
  const stat = { throwIfNoEntry: false } as const;
  let place = path;
  while (lstatSync(place, stat) === undefined) place = dirname(place);
  return place !== path && statSync(place, stat) !== undefined;
}

/**
 * Checks every folder on the way to the opened file, including folders that contain links. A user who can rename entries in
 * one of them can put another file there.
 */
function checkFolders(file: TrustedFile, opened: Stats): void {
  try {
    const found = resolvePath(file, (folder) => {
      const stats = statSync(folder);
      // In a sticky folder (/tmp), users cannot rename or remove the files of other users.
      checkOwnerAndMode(file, folder, stats, (stats.mode & STICKY) !== 0);
    });
    const { dev, ino } = statSync(found);
    if (dev !== opened.dev || ino !== opened.ino) throw untrusted(file, file.path, "changed while it was opened");
  } catch (error) {
    throw error instanceof Fault ? error : unreadable(file, codeOf(error), error);
  }
}

/** Resolves the path as the kernel does and calls `passing` for each folder. @returns the path without links */
export function resolvePath(file: Pick<TrustedFile, "path">, passing: (folder: string) => void): string {
  const steps = (isAbsolute(file.path) ? file.path : `${process.cwd()}/${file.path}`).split("/");
  let at = "/";
  let links = 0;
  passing(at);
  for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
    if (step === "" || step === ".") continue;
    const next = step === ".." ? dirname(at) : join(at, step);
    const stats = lstatSync(next);
    if (stats.isSymbolicLink()) {
      links += 1;
      if (links > MAX_LINKS) throw unreadable(file, "ELOOP");
      const target = readlinkSync(next);
      if (target.startsWith("/")) at = "/";
      steps.unshift(...target.split("/"));
      continue;
    }
    if (stats.isDirectory()) passing(next);
    at = next;
  }
  return at;
}

/** @throws Fault FILE_UNTRUSTED if another user could write `path`, which is the file or a folder on the way to it */
export function checkOwnerAndMode(
  file: Pick<TrustedFile, "path" | "allowOwnFiles">,
  path: string,
  { uid, mode }: Stats,
  sticky = false,
): void {
  const mayOwn = uid === 0 || (file.allowOwnFiles && uid === process.geteuid?.());
  if (!mayOwn) throw untrusted(file, path, `belongs to user ${uid}`);
  if ((mode & 0o022) !== 0 && !sticky) {
    throw untrusted(file, path, `is writable by group or others (mode ${(mode & 0o7777).toString(8)})`);
  }
}

/** Reads to the end of the file, regardless of the size it reported, but not beyond the limit. */
function readAll(file: TrustedFile, fd: number, size: number): string {
  const parts: Buffer[] = [];
  let total = 0;
  try {
    for (;;) {
      const part = Buffer.allocUnsafe(Math.min(size, file.limit) + 1);
      const read = readSync(fd, part);
      if (read === 0) return Buffer.concat(parts, total).toString("utf8");
      total += read;
      parts.push(part.subarray(0, read));
      if (total > file.limit) break;
    }
  } catch (error) {
    throw unreadable(file, codeOf(error), error);
  }
  throw unreadable(file, `larger than ${file.limit} bytes`);
}

/** Returns the Fault for a security-critical file that cannot be read. */
export function unreadable({ path }: Pick<TrustedFile, "path">, what: string, cause?: unknown): Fault {
  return new Fault("FILE_UNREADABLE", `${path}: ${what}`, { file: path }, { cause });
}

function untrusted({ path }: Pick<TrustedFile, "path">, at: string, what: string): Fault {
  return new Fault("FILE_UNTRUSTED", `${path}: ${at} ${what}`, { file: path, at });
}
