/** Checks whether a file is still the one that was read, without reading it: device, inode, size and time of change. */
import { type BigIntStats, lstatSync, statSync } from "node:fs";
import { dirname } from "node:path";

export interface FileIdentity {
  /** Equal for two states of the files only if nothing has changed. */
  readonly identity: string;
  /** Milliseconds since 1970 of the latest change. A file that changed just now may change again within the same tick. */
  readonly changedMs: number;
}

/** Returns the identity of several files together. A file that cannot be examined has one that no other state has. */
export function identityOf(paths: readonly string[]): FileIdentity {
  const files = paths.map(identityOfFile);
  return {
    identity: files.map(({ identity }) => identity).join(" "),
    changedMs: Math.max(...files.map(({ changedMs }) => changedMs)),
  };
}

const STAT_OPTIONS = { bigint: true, throwIfNoEntry: false } as const;

function identityOfFile(path: string): FileIdentity {
  try {
    const stats = statSync(path, STAT_OPTIONS);
    if (stats !== undefined) return { identity: identityText(stats), changedMs: Number(stats.ctimeNs / 1_000_000n) };
    // A dangling link, here or in a folder above, does not count as an absent file (host/trusted-files.ts).
    const [link, above] = [lstatSync(path, STAT_OPTIONS), lstatSync(dirname(path), STAT_OPTIONS)];
    const inodes = [link, above].map((stats) => (stats === undefined ? "-" : `${stats.dev}:${stats.ino}`));
    return { identity: `absent:${inodes.join(":")}`, changedMs: 0 };
  } catch (error) {
    return { identity: `${(error as NodeJS.ErrnoException).code}`, changedMs: 0 };
  }
}

const identityText = ({ dev, ino, size, ctimeNs, mode, uid, gid }: BigIntStats): string =>
  [dev, ino, size, ctimeNs, mode, uid, gid].join(":");
