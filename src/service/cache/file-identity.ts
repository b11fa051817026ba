/** Checks whether a file is still the one that was read, without reading it: device, inode, size and time of change. */
import { type BigIntStats, lstatSync, statSync } from "node:fs";
import { dirname } from "node:path";

export interface Stamp {
  readonly text: string;
  /** Milliseconds since 1970 of the latest change. A file that changed just now may change again within the same tick. */
  readonly changed: number;
}

/** Returns the stamp of several files together. A file that cannot be examined has a stamp that no other state has. */
export function identityOf(paths: readonly string[]): Stamp {
  const all = paths.map(one);
  return { text: all.map(({ text }) => text).join(" "), changed: Math.max(...all.map(({ changed }) => changed)) };
}

const NEVER = { bigint: true, throwIfNoEntry: false } as const;

function one(path: string): Stamp {
  try {
    const stats = statSync(path, NEVER);
    if (stats !== undefined) return { text: textOf(stats), changed: Number(stats.ctimeNs / 1_000_000n) };
    // A dangling link, here or in a folder above, does not count as an absent file (host/trusted-files.ts).
    const [link, above] = [lstatSync(path, NEVER), lstatSync(dirname(path), NEVER)];
    const places = [link, above].map((place) => (place === undefined ? "-" : `${place.dev}:${place.ino}`));
    return { text: `absent:${places.join(":")}`, changed: 0 };
  } catch (error) {
    return { text: `${(error as NodeJS.ErrnoException).code}`, changed: 0 };
  }
}

const textOf = ({ dev, ino, size, ctimeNs, mode, uid, gid }: BigIntStats): string =>
  [dev, ino, size, ctimeNs, mode, uid, gid].join(":");
