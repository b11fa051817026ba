/**
 * Environment of the other command: the same as sshd would give it. Of this process's variables, only those that sshd sets
 * for this user are passed on (OpenSSH, misc.c, subprocess): USER, LOGNAME, HOME, and LANG.
 */
import { userInfo } from "node:os";

/** glibc's _PATH_STDPATH, which sshd uses. */
const PATH = "/usr/bin:/bin:/usr/sbin:/sbin";

interface Account {
  readonly USER: string;
  readonly LOGNAME: string;
  readonly HOME: string;
}

/**
 * @param by source of the account: `sshd`, this process's variables; `system`, the user database, for a process that has
 * changed its user. If the user is in neither, the command loses these variables, but not its keys.
 */
export function surroundings(by: "sshd" | "system", given: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const account = (by === "sshd" ? named(given) : undefined) ?? lookedUp();
  return { PATH, ...account, ...(given.LANG !== undefined && { LANG: given.LANG }) };
}

/** Avoids a look-up: SELinux may deny it, and it may ask SSSD or a network for data that sshd has just looked up. */
function named({ USER, LOGNAME, HOME }: NodeJS.ProcessEnv): Account | undefined {
  if (!USER || !HOME?.startsWith("/")) return undefined;
  return { USER, LOGNAME: LOGNAME || USER, HOME };
}

function lookedUp(): Account | undefined {
  try {
    const { username, homedir } = userInfo();
    return { USER: username, LOGNAME: username, HOME: homedir };
  } catch {
    return undefined;
  }
}
