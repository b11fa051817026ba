/** Lists every file of a machine, to find what a package leaves behind. */
import type { Machine } from "./machine.ts";

/** Paths that change without an installation, or that the tests themselves change. */
const OTHERS = [
  ...["/proc", "/sys", "/dev", "/run", "/tmp", "/opt/kit", "/root", "/home"],
  ...["/var/log", "/var/tmp", "/var/lib/systemd", "/var/lib/dpkg", "/var/lib/apt", "/var/cache"],
  // The package's user is kept: a file that it owned must not become another user's.
  ...["/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/subuid", "/etc/subgid"].flatMap((file) => [
    ...[file, `${file}-`],
  ]),
  "/etc/.pwd.lock",
];

/** Returns a line for each file: path, type, mode, owner, size and link target. */
export async function everything({ sh }: Machine): Promise<string[]> {
  const prune = OTHERS.map((path) => `-path ${path}`).join(" -o ");
  // The size of a folder depends on the file system.
  const found = `find / \\( ${prune} \\) -prune -o -type d -printf '%p d %#m %u:%g\\n' -o -printf '%p %y %#m %u:%g %s %l\\n'`;
  return (await sh(`${found} | sort`)).split("\n");
}
