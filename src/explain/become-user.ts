/**
 * Standing where sshd's command stands. Firewalls filter the metadata address by user, and files are readable for one
 * and not for another: root asking is not the AuthorizedKeysCommandUser asking. So who starts us as root is asked about
 * sshd first, and from then on this process is that user, for good.
 */
import type { EffectiveCommand } from "../sshd/inspect/effective.ts";
import { effectiveCommand } from "../sshd/inspect/effective.ts";
import { type Exec, systemPrograms } from "../sshd/inspect/exec.ts";
import { systemFiles } from "../sshd/inspect/glob.ts";
import { settingWords, sshdUnit } from "../sshd/inspect/unit.ts";

export interface CommandIdentity {
  readonly uid: number;
  readonly name: string | null;
  /** What could not be done as sshd does it, and why. */
  readonly notes: readonly string[];
  /** sshd's command for this user; `none` where it has none; undefined where that is not known. */
  readonly command: { readonly text: string; readonly user: string } | "none" | undefined;
}

/** What the role takes of the machine; a test gives another. */
export interface Machine {
  readonly programs: Exec;
  readonly uid: number;
  /** Becomes that user for good. @throws where it did not take effect */
  become(account: Account): void;
}

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * @param user who is to log in: Match blocks are held against him
 * @throws where the user could not be changed: nothing may then go on as root
 */
export async function becomeCommandUser(user: string, machine: Machine = realMachine): Promise<CommandIdentity> {
  const self = (...notes: string[]): CommandIdentity => ({ uid: machine.uid, name: null, notes, command: undefined });
  if (machine.uid !== 0) {
    return self(`not root, so asked as user ${machine.uid}: sshd's own command was neither looked up nor run`);
  }
  const effective: EffectiveCommand = await effectiveCommand(
    { connection: { user }, words: settingWords(sshdUnit(systemFiles)?.words ?? []) },
    machine.programs,
  );
  if (effective.kind === "unknown")
    return self(`asked as root: sshd could not be asked whom it asks as (${effective.message})`);
  const { command, user: name } = effective;
  if (command === undefined) {
    const note = "asked as root: sshd has no AuthorizedKeysCommand for this user, so no pushed key can log in";
    return { ...self(note), command: "none" };
  }
  if (name === undefined) return self("asked as root: sshd has no AuthorizedKeysCommandUser");
  const account = await accountOf(name, machine.programs);
  if (account === undefined) return self(`asked as root: the AuthorizedKeysCommandUser ${name} does not exist`);
  machine.become(account);
  return { uid: account.uid, name, notes: [], command: { text: command, user: name } };
}

/** By getent, which asks every source of users that the system has, as sshd does. */
async function accountOf(name: string, programs: Exec): Promise<Account | undefined> {
  const getent = programs.find("getent");
  if (getent === undefined) return undefined;
  const { stdout } = await programs.run(getent, ["passwd", "--", name]);
  const [found, , uid = "", gid = ""] = stdout.split("\n", 1)[0]?.split(":") ?? [];
  if (found === undefined || !/^[0-9]+$/.test(uid) || !/^[0-9]+$/.test(gid)) return undefined;
  return { name: found, uid: Number(uid), gid: Number(gid) };
}

const realMachine: Machine = {
  programs: systemPrograms,
  uid: process.geteuid?.() ?? -1,
  become: becomeUser,
};

/**
 * Becomes that user for good.
 * @throws where it did not take effect: nothing may then go on as root
 */
export function becomeUser({ name, uid, gid }: Account): void {
  if (uid === 0) return;
  // Groups first, the user last: the other way round the right to change groups would be gone.
  (process as typeof process & Initgroups).initgroups(name, gid);
  process.setgid?.(gid);
  process.setuid?.(uid);
  const now = [process.getuid?.(), process.geteuid?.(), process.getgid?.(), process.getegid?.()];
  if (now.join() !== [uid, uid, gid, gid].join() || canRegainRoot()) throw new Error(`could not become user ${name}`);
  process.chdir("/");
}

/** Known to Node, and not to its types. */
interface Initgroups {
  initgroups(user: string, extraGroup: number): void;
}

/** Whether root could be had back: then it was never given up. */
function canRegainRoot(): boolean {
  try {
    process.setuid?.(0);
    return true;
  } catch {
    return false;
  }
}
