/** What a tree leaves behind where everything else of it is gone with its processes: cgroups, and an empty folder. */
import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";

/** Of all names; then the process that made the tree, and something random. */
export const PREFIX = "eic-install-";

const HIERARCHIES = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"];

export function removeCgroups(name: string): void {
  for (const at of HIERARCHIES) removeAll(join(at, name));
}

/** Those of runs that were killed. A folder in use looks empty from here: its maker must be gone. */
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

/** The files in a cgroup are the kernel's and go with it. */
function removeAll(path: string): void {
  if (!existsSync(path)) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeAll(join(path, entry.name));
  }
  rmdirSync(path);
}
