/**
 * One run at a time. flock(1) holds the lock for as long as we live, also where we are killed; Node has no flock of its own,
 * and a lock file that is only made and removed is left behind by a power cut.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Programs } from "../programs.ts";

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
  | { readonly kind: "failed" };

export async function takeLock(programs: Programs): Promise<Lock> {
  const sh = programs.find("sh");
  if (sh === undefined || programs.find("flock") === undefined) return { kind: "failed" };
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
  const child = spawn(sh, ["-c", SCRIPT, "sh", FILE, String(PATIENCE)], {
    cwd: "/",
    env,
    stdio: ["pipe", "pipe", "ignore"],
    // Ctrl-C is for us alone: what holds the lock ends with us.
    detached: true,
  });
  const ended = once(child, "close");
  const said = await Promise.race([once(child.stdout, "data"), ended]);
  if (String(said[0]).startsWith("held")) {
    return {
      kind: "held",
      release: async () => {
        child.stdin.end();
        await ended;
      },
    };
  }
  return { kind: said[0] === 1 ? "busy" : "failed" };
}
