/** Accounts as the system's own name service has them, by getent and id: Node knows only this process's own. */
import { type Exec, systemPrograms } from "./exec.ts";

export interface Account {
  readonly name: string;
  readonly uid: number;
  /** All of them, the first one the account's own. */
  readonly groups: readonly number[];
  readonly shell: string;
}

/** Undefined where nobody can be asked. */
export type AccountLook = { readonly found: Account | undefined } | undefined;

export async function lookUpAccount(name: string, programs: Exec = systemPrograms): Promise<AccountLook> {
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
  programs: Exec = systemPrograms,
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

/** UID_MIN and UID_MAX of login.defs as distributions ship them. */
const ORDINARY = { least: 1000, most: 60_000 } as const;

/** The name of the first ordinary account with a shell; undefined where there is none, or nobody can be asked. */
export async function lookUpLoginUser(programs: Exec = systemPrograms): Promise<string | undefined> {
  const getent = programs.find("getent");
  if (getent === undefined) return undefined;
  return firstOrdinary(rowsOf((await programs.run(getent, ["passwd"])).stdout));
}

const rowsOf = (text: string): string[][] => text.split("\n").map((row) => row.split(":"));

function firstOrdinary(rows: readonly (readonly string[])[]): string | undefined {
  const ordinary = rows.filter(([, , uid, , , , shell = ""]) => {
    const id = Number(uid);
    return id >= ORDINARY.least && id <= ORDINARY.most && !/\/(nologin|false)$/.test(shell);
  });
  // -C cannot name every user.
  return ordinary.map(([name = ""]) => name).find((name) => /^[^,\s]+$/.test(name));
}

/** Every account that the name service lists, with the names of its groups; and the first ordinary one. */
export async function lookUpPeople(programs: Exec = systemPrograms): Promise<{
  readonly people: readonly { readonly name: string; readonly groups: readonly string[] }[];
  readonly ordinary: string | undefined;
}> {
  const getent = programs.find("getent");
  if (getent === undefined) return { people: [], ordinary: undefined };
  const [passwd, group] = await Promise.all(["passwd", "group"].map((which) => programs.run(getent, [which])));
  const rows = rowsOf(passwd?.stdout ?? "");
  const groups = rowsOf(group?.stdout ?? "");
  const people = rows.flatMap(([name = "", , , own]) => {
    if (name === "") return [];
    const mine = groups.filter(([, , gid, list = ""]) => gid === own || list.split(",").includes(name));
    return [{ name, groups: mine.map(([title = ""]) => title) }];
  });
  return { people, ordinary: firstOrdinary(rows) };
}

/** A group; undefined where there is none. `members` are those it lists, not those who have it for their own. */
export async function lookUpGroup(
  name: string,
  programs: Exec = systemPrograms,
): Promise<{ readonly gid: number; readonly members: readonly string[] } | undefined> {
  const getent = programs.find("getent");
  if (getent === undefined) return undefined;
  const { status, stdout } = await programs.run(getent, ["group", "--", name]);
  const [, , gid, list = ""] = stdout.trimEnd().split(":");
  return status === 0 ? { gid: Number(gid), members: list.split(",").filter((member) => member !== "") } : undefined;
}
