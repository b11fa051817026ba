/** Accounts as the system's own name service has them, by getent and id: Node knows only this process's own. */
import { type Programs, systemPrograms } from "../../../sshd/programs.ts";

export interface Account {
  readonly name: string;
  readonly uid: number;
  /** All of them, the first one the account's own. */
  readonly groups: readonly number[];
  readonly shell: string;
}

/** Undefined where nobody can be asked. */
export type AccountLook = { readonly found: Account | undefined } | undefined;

export async function lookUpAccount(name: string, programs: Programs = systemPrograms): Promise<AccountLook> {
  const getent = programs.find("getent");
  const id = programs.find("id");
  if (getent === undefined) return undefined;
  const { status, stdout } = await programs.run(getent, ["passwd", "--", name]);
  // getent(1): 2, one or more keys could not be found.
  if (status === 2) return { found: undefined };
  const [found, , uid, gid, , , shell] = stdout.trimEnd().split(":");
  // A number would be taken for a user id; sshd takes names only.
  if (status !== 0 || found !== name) return status === 0 ? { found: undefined } : undefined;
  const all = id === undefined ? undefined : await programs.run(id, ["-G", "--", name]);
  const groups = all?.status === 0 ? all.stdout.trim().split(" ").map(Number) : [];
  return { found: { name, uid: Number(uid), groups: [Number(gid), ...groups], shell: shell ?? "" } };
}

/** Those of `gids` whose only member is root: Debian's sshd lets them write to what it runs. */
export async function groupsOfRootAlone(
  gids: readonly number[],
  programs: Programs = systemPrograms,
): Promise<ReadonlySet<number>> {
  const getent = programs.find("getent");
  if (gids.length === 0 || getent === undefined) return new Set();
  const accounts = (await programs.run(getent, ["passwd"])).stdout.split("\n").map((line) => line.split(":"));
  const roots = accounts.filter(([, , uid]) => uid === "0").map(([name]) => name);
  const alone = await Promise.all(
    gids.map(async (gid) => {
      const { stdout } = await programs.run(getent, ["group", "--", String(gid)]);
      const [, , , list = ""] = stdout.trimEnd().split(":");
      const primary = accounts.filter(([, , , own]) => own === String(gid)).map(([name]) => name);
      const members = [...primary, ...list.split(",").filter((name) => name !== "")];
      return members.length > 0 && members.every((name) => roots.includes(name)) ? [gid] : [];
    }),
  );
  return new Set(alone.flat());
}
