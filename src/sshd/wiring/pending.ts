/**
 * What others have changed since the sshd that runs last read its files. A reload of ours would put that in force, too:
 * something that was to wait for its hour, or that `sshd -t` accepts and a start does not survive.
 */

import type { ConfigScan } from "../inspect/config-walk.ts";
import { type FileTimes, timesOf } from "../inspect/reload-plan.ts";
import type { SshdProcess } from "../inspect/sshd-process.ts";
import { DROP_IN, DROP_INS, EARLY_DROP_INS } from "./managed-files.ts";

export interface Pending {
  /** Files, and folders from which something has gone. */
  readonly paths: readonly string[];
  readonly readAt: Date;
}

/** @returns undefined where nothing is, where none runs, or where it does not tell when it has read them */
export function othersPending(
  running: SshdProcess,
  walk: Pick<ConfigScan, "files" | "includes">,
  times: FileTimes = timesOf(walk),
): Pending | undefined {
  const readAt = running.kind === "service" || running.kind === "process" ? running.process.readAt : undefined;
  if (readAt === undefined) return undefined;
  const ours = [DROP_IN, ...EARLY_DROP_INS];
  const byUs = Math.max(0, ...times.files.filter(({ path }) => ours.includes(path)).map(({ at }) => at));
  const files = times.files.filter(({ path, at }) => at > readAt.getTime() && !ours.includes(path));
  // A folder changes with what is put into it, too, which then says so itself.
  const gone = times.folders.filter(({ path, at }) => {
    const inside = files.some((file) => file.path.startsWith(`${path}/`));
    return at > readAt.getTime() && !inside && !(path === DROP_INS && at - byUs < SAME_MS);
  });
  const paths = [...files, ...gone].map(({ path }) => path);
  return paths.length === 0 ? undefined : { paths: [...new Set(paths)], readAt };
}

/** A file and the folder that it was renamed in have the same time, or nearly. */
const SAME_MS = 100;
