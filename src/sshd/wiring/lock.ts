/**
 * Allows one run at a time. flock(1) holds the lock as long as this process lives, and releases it even if the process is
 * killed. Node itself has no flock, and a lock file that is only made and removed remains after a power cut.
 */

import type { Exec } from "../inspect/exec.ts";
import { startHelper } from "../inspect/helper.ts";

const FILE = "/run/eic-agent-sshd.lock";
/** Seconds to wait: a package's script and an administrator may run this at the same time. */
const PATIENCE = 20;
/** The file is removed before the lock is released. A process that then holds a lock on the removed file tries again. */
const SCRIPT = `
umask 077
while :; do
  exec 9>>"$1" || exit 2
  flock -w "$2" 9 || exit 1
  [ ! -e /proc/self/fd/9 ] || [ "$1" -ef /proc/self/fd/9 ] && break
done
echo held
cat >/dev/null
rm -f "$1"`;

export type Lock =
  | { readonly kind: "held"; release(): Promise<void> }
  | { readonly kind: "busy" }
  | { readonly kind: "failed"; readonly said: string };

export async function takeLock(programs: Exec): Promise<Lock> {
  const sh = programs.find("sh");
  if (sh === undefined || programs.find("flock") === undefined)
    return { kind: "failed", said: "there is no flock(1), of util-linux" };
  const started = await startHelper(sh, ["-c", SCRIPT, "sh", FILE, String(PATIENCE)], "held");
  if (started.kind === "holds") return { kind: "held", release: started.helper.end };
  if (started.status === 1) return { kind: "busy" };
  return { kind: "failed", said: started.said === "" ? "it cannot be written" : started.said };
}
