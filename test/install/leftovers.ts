/** Removes what a tree leaves behind when its processes have ended: cgroups and an empty folder. */
import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";

/** Prefix of all names. The pid of the process that made the tree and a random part follow. */
export const PREFIX = "eic-install-";

const HIERARCHIES = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"];

export function removeCgroups(name: string): void {
  for (const at of HIERARCHIES) removeAll(join(at, name));
}

/** Removes leftovers of killed runs. A folder in use looks empty from here, so its creator must have ended. */
export function sweep(): void {
  for (const at of [...HIERARCHIES, "/tmp"].filter((one) => existsSync(one))) {
    for (const name of readdirSync(at).filter((one) => one.startsWith(PREFIX))) {
      const maker = name.slice(PREFIX.length).split("-")[0];
      if (existsSync(`/proc/${maker}`)) continue;
      if (at === "/tmp") rmdirSync(join(at, name));
      else removeAll(join(at, name));
    }
  }
}

/** Removes a cgroup and the cgroups below it. The kernel removes the files in a cgroup with it. */
function removeAll(path: string): void {
  if (!existsSync(path)) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeAll(join(path, entry.name));
  }
  rmdirSync(path);
}
