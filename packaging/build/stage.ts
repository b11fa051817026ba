/**
 * Lays the files out in a folder, as they are to be installed: with the modes and the common timestamp that they have in
 * the packages, independent of the umask. dpkg-deb and rpmbuild then set root as the owner of everything.
 */
import { chmodSync, copyFileSync, lutimesSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Entry } from "./contents.ts";

/**
 * @param root the folder; earlier contents are removed
 * @param time seconds since 1970
 */
export function stage(entries: readonly Entry[], root: string, time: number): void {
  rmSync(root, { recursive: true, force: true });
  const folders = new Set<string>([root]);
  for (const entry of entries) {
    const path = join(root, entry.path);
    for (let above = dirname(path); above.startsWith(root); above = dirname(above)) folders.add(above);
    mkdirSync(entry.kind === "folder" ? path : dirname(path), { recursive: true });
    if (entry.kind === "folder") {
      folders.add(path);
    } else if (entry.kind === "link") {
      symlinkSync(entry.target, path);
      lutimesSync(path, time, time);
    } else {
      if ("from" in entry) copyFileSync(entry.from, path);
      else writeFileSync(path, entry.bytes);
      chmodSync(path, entry.mode);
      lutimesSync(path, time, time);
    }
  }
  for (const folder of folders) {
    chmodSync(folder, 0o755);
    lutimesSync(folder, time, time);
  }
}
