/** Finds the listening sshd processes that have our command in force, or a trial of it; asks each with its own options and program. */
import { isManaged } from "./command-owner.ts";
import { type ConfigFiles, permissionFlaw, walkConfig } from "./config-walk.ts";
import { effectiveCommand } from "./effective.ts";
import type { Exec } from "./exec.ts";
import { type Listener, lookForListeners } from "./listeners.ts";
import { ownLinesForSome } from "./own-lines.ts";
import type { Heard, Listening } from "./unwired.ts";

/** Main file of an sshd that has no -f. */
export const MAIN = "/etc/ssh/sshd_config";

export async function hearSshds(files: ConfigFiles, programs: Exec, look = lookForListeners): Promise<Heard> {
  const { found, isComplete } = look();
  const sshds: Listening[] = [];
  for (const one of found) sshds.push(await asked(one, files, programs));
  return { sshds, isComplete };
}

async function asked(one: Listener, files: ConfigFiles, programs: Exec): Promise<Listening> {
  const unknown = (why: string, main?: string): Listening => ({ ...one, main, scope: "unknown", why });
  if (one.hasOtherRoot === true)
    return unknown("its root folder is not this system's: it is in a container or a chroot");
  const main = one.words.findLast((_, index) => one.words[index - 1] === "-f") ?? MAIN;
  if (!main.startsWith("/"))
    return unknown(`its file ${main} is a relative path, and its working directory is no longer known`);
  const walk = walkConfig(main, files);
  const closed = programs.root ? undefined : permissionFlaw(walk);
  if (closed !== undefined) return unknown(`${closed} is closed to this user: run this as root`, main);
  const find: Exec["find"] = (name) => (name === "sshd" ? (one.program ?? programs.find(name)) : programs.find(name));
  const effective = await effectiveCommand({ words: one.words }, { ...programs, find });
  if (effective.kind === "unknown") return unknown(effective.message, main);
  const ours = effective.command !== undefined && isManaged(effective.command);
  const scope = ours ? "all" : ownLinesForSome(walk).length > 0 ? "some" : "none";
  return { ...one, main, scope, why: undefined };
}
