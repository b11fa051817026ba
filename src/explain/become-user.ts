/**
 * Drops privileges to the AuthorizedKeysCommandUser. Firewalls filter the metadata address by user, and files may be
 * readable for one user only, so an answer to root may differ from an answer to that user. If started as root, the process
 * first asks sshd for the user, and then becomes that user permanently.
 */
import type { EffectiveCommand } from "../sshd/inspect/effective.ts";
import { effectiveCommand } from "../sshd/inspect/effective.ts";
import { type Exec, systemPrograms } from "../sshd/inspect/exec.ts";
import { systemFiles } from "../sshd/inspect/glob.ts";
import { startingUnit } from "../sshd/inspect/starting-unit.ts";
import { settingWords } from "../sshd/inspect/unit.ts";

export interface CommandIdentity {
  readonly uid: number;
  readonly name: string | null;
  /** Differences from sshd's own call, with the reasons. */
  readonly notes: readonly string[];
  /** sshd's command for this user; `none` if it has none; undefined if that is not known. */
  readonly command: { readonly text: string; readonly user: string } | "none" | undefined;
}

/** The functions of the machine that are used here; tests pass others. */
export interface Machine {
  readonly programs: Exec;
  readonly uid: number;
  /** Becomes that user permanently. @throws if it did not take effect */
  become(account: Account): void;
}

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Becomes the user as which sshd would run its command.
 * @param user the user who logs in: Match blocks are matched with this user
 * @throws if the user could not be changed: the process must then not continue as root
 */
export async function becomeCommandUser(user: string, machine: Machine = realMachine): Promise<CommandIdentity> {
  const self = (...notes: string[]): CommandIdentity => ({ uid: machine.uid, name: null, notes, command: undefined });
  if (machine.uid !== 0) {
    return self(`not root, so the call ran as user ${machine.uid}: sshd's own command was neither looked up nor run`);
  }
  const unit = await startingUnit(systemFiles, machine.programs);
  const effective: EffectiveCommand = await effectiveCommand(
    { connection: { user }, words: settingWords(unit?.words ?? []) },
    machine.programs,
  );
  if (effective.kind === "unknown")
    return self(
      `the call ran as root: sshd could not be queried for its AuthorizedKeysCommandUser (${effective.message})`,
    );
  const { command, user: name } = effective;
  if (command === undefined) {
    const note = "the call ran as root: sshd has no AuthorizedKeysCommand for this user, so no pushed key can log in";
    return { ...self(note), command: "none" };
  }
  if (name === undefined) return self("the call ran as root: sshd has no AuthorizedKeysCommandUser");
  const account = await accountOf(name, machine.programs);
  if (account === undefined) return self(`the call ran as root: the AuthorizedKeysCommandUser ${name} does not exist`);
  machine.become(account);
  return { uid: account.uid, name, notes: [], command: { text: command, user: name } };
}

/** Looks up an account with getent, which uses every user database of the system, as sshd does. */
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
 * Becomes that user permanently.
 * @throws if it did not take effect: the process must then not continue as root
 */
export function becomeUser({ name, uid, gid }: Account): void {
  if (uid === 0) return;
  // Groups first, the user last: in the other order the process would have lost the right to change its groups.
  (process as typeof process & Initgroups).initgroups(name, gid);
  process.setgid?.(gid);
  process.setuid?.(uid);
  const now = [process.getuid?.(), process.geteuid?.(), process.getgid?.(), process.getegid?.()];
  if (now.join() !== [uid, uid, gid, gid].join() || canRegainRoot()) throw new Error(`could not become user ${name}`);
  process.chdir("/");
}

/** Exists in Node, but not in its types. */
interface Initgroups {
  initgroups(user: string, extraGroup: number): void;
}

/** Checks whether the process can become root again, which means that root was never given up. */
function canRegainRoot(): boolean {
  try {
    process.setuid?.(0);
    return true;
  } catch {
    return false;
  }
}
