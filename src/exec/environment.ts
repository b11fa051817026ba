/**
 * What the other command finds around it: what sshd would give it. Of our own variables nothing is passed on but what sshd
 * sets for this user (OpenSSH, misc.c, subprocess): USER, LOGNAME, HOME, and LANG.
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
 * @param by who says which account this is: `sshd`, in our variables, or the system's user database, for a process that
 * has changed its user. A user who is in neither costs the command these variables, and not its keys.
 */
export function surroundings(by: "sshd" | "system", given: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const account = (by === "sshd" ? named(given) : undefined) ?? lookedUp();
  return { PATH, ...account, ...(given.LANG !== undefined && { LANG: given.LANG }) };
}

/** No look-up: SELinux may deny it, and it may ask SSSD or a network, for what sshd has just looked up. */
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
