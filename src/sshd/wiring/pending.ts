/**
 * Changes that others have made since the running sshd last read its files. Our reload would put them in force, too: a
 * change that was meant for a later time, or one that `sshd -t` accepts but a start does not survive.
 */

import type { ConfigScan } from "../inspect/config-walk.ts";
import { type FileTimes, timesOf } from "../inspect/reload-plan.ts";
import { processIn, type SshdProcess } from "../inspect/sshd-process.ts";
import { DROP_IN, DROP_INS, EARLY_DROP_INS } from "./managed-files.ts";

export interface Pending {
  /** Changed files, and directories from which something has been removed. */
  readonly paths: readonly string[];
  readonly readAt: Date;
}

/** @returns undefined if nothing is pending, no sshd runs, or the time of its last read is not known */
export function othersPending(
  running: SshdProcess,
  walk: Pick<ConfigScan, "files" | "includes">,
  times: FileTimes = timesOf(walk),
): Pending | undefined {
  const readAt = processIn(running)?.readAt;
  if (readAt === undefined) return undefined;
  const ours = [DROP_IN, ...EARLY_DROP_INS];
  const byUs = Math.max(0, ...times.files.filter(({ path }) => ours.includes(path)).map(({ at }) => at));
  const files = times.files.filter(({ path, at }) => at > readAt.getTime() && !ours.includes(path));
  // A directory also changes when a file is added to it, but then the file itself is listed.
  const gone = times.folders.filter(({ path, at }) => {
    const inside = files.some((file) => file.path.startsWith(`${path}/`));
    return at > readAt.getTime() && !inside && !(path === DROP_INS && at - byUs < SAME_MS);
  });
  const paths = [...files, ...gone].map(({ path }) => path);
  return paths.length === 0 ? undefined : { paths: [...new Set(paths)], readAt };
}

/** Milliseconds: a file and the directory that it was renamed in have the same time, or nearly. */
const SAME_MS = 100;
