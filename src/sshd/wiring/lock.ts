/**
 * One run at a time. flock(1) holds the lock for as long as we live, also where we are killed; Node has no flock of its own,
 * and a lock file that is only made and removed is left behind by a power cut.
 */

import type { Exec } from "../inspect/exec.ts";
import { startHelper } from "../inspect/helper.ts";

const FILE = "/run/eic-agent-sshd.lock";
/** Seconds: a package's script and a person may well come at once. */
const PATIENCE = 20;
/** The file is taken away before the lock is: who then holds a lock on what is no longer there tries again. */
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
