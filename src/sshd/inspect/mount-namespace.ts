/** The beginning of a command line that runs a program in a mount namespace of its own. */
import type { Exec } from "./exec.ts";

/**
 * Returns the words before the program; undefined if there is no unshare(1). Without new privileges, mount(8) stays in the
 * caller's SELinux domain: in mount_t, which it enters when a unit, cron or cloud-init runs this program, it may mount over
 * neither /etc nor this program's files (SELinux's check_nnp_nosuid() keeps the old domain).
 */
export function mountNamespace(programs: Exec): string[] | undefined {
  const [unshare, setpriv] = ["unshare", "setpriv"].map((name) => programs.find(name));
  if (unshare === undefined) return undefined;
  const staying = setpriv === undefined ? [] : [setpriv, "--no-new-privs"];
  return [...staying, unshare, "--mount", "--propagation", "private"];
}
