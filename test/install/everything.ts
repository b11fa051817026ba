/** Every file of a machine, to see what a package leaves behind. */
import type { Machine } from "./machine.ts";

/** What changes on a machine on which nothing is installed, and what the tests do there themselves. */
const OTHERS = [
  ...["/proc", "/sys", "/dev", "/run", "/tmp", "/opt/kit", "/root", "/home"],
  ...["/var/log", "/var/tmp", "/var/lib/systemd", "/var/lib/dpkg", "/var/lib/apt", "/var/cache"],
  // The user stays: a file that it owned must not become somebody else's.
  ...["/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/subuid", "/etc/subgid"].flatMap((file) => [
    ...[file, `${file}-`],
  ]),
  "/etc/.pwd.lock",
];

/** Path, kind, mode, owner, size and what a link names; a line each. */
export async function everything({ sh }: Machine): Promise<string[]> {
  const prune = OTHERS.map((path) => `-path ${path}`).join(" -o ");
  // A folder's size is its file system's business.
  const found = `find / \\( ${prune} \\) -prune -o -type d -printf '%p d %#m %u:%g\\n' -o -printf '%p %y %#m %u:%g %s %l\\n'`;
  return (await sh(`${found} | sort`)).split("\n");
}
