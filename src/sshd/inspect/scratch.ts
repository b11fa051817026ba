/**
 * A directory for the files of one query to sshd, which no other user may read or guess: copies of sshd_config may be 0600.
 * For root it is below /run/eic-agent, which is in memory and belongs to this program's package; /tmp may be full, noexec or
 * another user's.
 */
import { lstatSync, mkdirSync, mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../errno.ts";

/** A mount over its parent directory must keep it visible: see inNamespace() in sshd-query.ts. */
export const RUNTIME = "/run/eic-agent";

export interface Scratch {
  readonly path: string;
  /** Never throws. */
  remove(): void;
}

/** @throws Error with a code: the disk is full or read-only, or the directory does not belong to root alone */
export function makeScratch(): Scratch {
  const root = process.geteuid?.() === 0;
  const made = root && makeRuntime();
  const path = root ? inRuntime() : mkdtempSync("/tmp/eic-agent-");
  return {
    path,
    remove() {
      quietly(() => rmSync(path, { recursive: true, force: true }));
      if (made) quietly(() => rmdirSync(RUNTIME));
    },
  };
}

function inRuntime(): string {
  const begin = join(RUNTIME, "scratch-");
  try {
    return mkdtempSync(begin);
  } catch (error) {
    // Another run made the directory and has just removed it.
    if (codeOf(error) !== "ENOENT") throw error;
    makeRuntime();
    return mkdtempSync(begin);
  }
}

/** Makes the directory as the package does, if it does not exist. @returns whether it was made */
function makeRuntime(): boolean {
  const stats = lstatSync(RUNTIME, { throwIfNoEntry: false });
  if (stats === undefined) {
    mkdirSync(RUNTIME, { mode: 0o755, recursive: true });
    return true;
  }
  if (!stats.isDirectory() || stats.uid !== 0 || (stats.mode & 0o022) !== 0)
    throw Object.assign(new Error(`${RUNTIME} is not a folder that only root can write to`), { code: "EPERM" });
  return false;
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // The next boot removes it.
  }
}
