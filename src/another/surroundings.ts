/**
 * What the other command finds around it: what sshd would give it. Its variables are made here and not passed on; the
 * one exception is LANG, as it is with sshd (OpenSSH, misc.c, subprocess).
 */
import { userInfo } from "node:os";

/** glibc's _PATH_STDPATH, which sshd uses. */
const PATH = "/usr/bin:/bin:/usr/sbin:/sbin";

/** @throws where the user of this process has no entry in passwd */
export function surroundings(): Record<string, string> {
  const { username, homedir } = userInfo();
  const lang = process.env.LANG;
  return { PATH, USER: username, LOGNAME: username, HOME: homedir, ...(lang !== undefined && { LANG: lang }) };
}
