/**
 * A folder for what one question to sshd needs, and nobody else may read or guess: copies of sshd_config may be 0600. For
 * root below /run/eic-agent, which is in memory and of the program's own package; /tmp may be full, noexec or another's.
 */
import { lstatSync, mkdirSync, mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** What stands in front of it must go on showing it: see withFolder() in effective.ts. */
export const RUNTIME = "/run/eic-agent";

export interface Scratch {
  readonly path: string;
  /** Never throws. */
  remove(): void;
}

/** @throws Error with a code: the disk is full, read-only, or the folder is not root's alone */
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
    // Another run, which had made the folder, has just taken it away again.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    makeRuntime();
    return mkdtempSync(begin);
  }
}

/** As its package makes it, where that is not installed. @returns whether it was made */
function makeRuntime(): boolean {
  const stats = lstatSync(RUNTIME, { throwIfNoEntry: false });
  if (stats === undefined) {
    mkdirSync(RUNTIME, { mode: 0o755, recursive: true });
    return true;
  }
  if (!stats.isDirectory() || stats.uid !== 0 || (stats.mode & 0o022) !== 0)
    throw Object.assign(new Error(`${RUNTIME} is not a folder of root alone`), { code: "EPERM" });
  return false;
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // It goes with the next boot.
  }
}
