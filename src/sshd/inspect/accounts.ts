/** Accounts from the system's name service, read with getent and id: Node knows only the account of this process. */
import { type Exec, systemPrograms } from "./exec.ts";

export interface Account {
  readonly name: string;
  readonly uid: number;
  /** All group ids, the account's primary group first. */
  readonly groups: readonly number[];
  readonly shell: string;
}

/** Undefined if the name service cannot be queried. */
export type AccountLook = { readonly found: Account | undefined } | undefined;

export async function lookUpAccount(name: string, programs: Exec = systemPrograms): Promise<AccountLook> {
  const getent = programs.find("getent");
  const id = programs.find("id");
  if (getent === undefined) return undefined;
  const { status, stdout } = await programs.run(getent, ["passwd", "--", name]);
  // getent(1): 2, one or more keys could not be found.
  if (status === 2) return { found: undefined };
  const [found, , uid, gid, , , shell] = stdout.trimEnd().split(":");
  // getent takes a number for a user id; sshd takes names only.
  if (status !== 0 || found !== name) return status === 0 ? { found: undefined } : undefined;
  const all = id === undefined ? undefined : await programs.run(id, ["-G", "--", name]);
  const groups = all?.status === 0 ? all.stdout.trim().split(" ").map(Number) : [];
  return { found: { name, uid: Number(uid), groups: [Number(gid), ...groups], shell: shell ?? "" } };
}

/** Returns those of `gids` whose only member is root: Debian's sshd lets such a group write to the programs that it runs. */
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

const rowsOf = (text: string): string[][] => text.split("\n").map((row) => row.split(":"));

/** Returns the first ordinary account with a shell. */
function firstOrdinary(rows: readonly (readonly string[])[]): string | undefined {
  const ordinary = rows.filter(([, , uid, , , , shell = ""]) => {
    const id = Number(uid);
    return id >= ORDINARY.least && id <= ORDINARY.most && !/\/(nologin|false)$/.test(shell);
  });
  // `-C` cannot take a name with a comma or white space.
  return ordinary.map(([name = ""]) => name).find((name) => /^[^,\s]+$/.test(name));
}

/** Returns every account that the name service lists, with the names of its groups, and the first ordinary account. */
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

/**
 * Returns a group; undefined if it does not exist. `members` are those it lists, without accounts whose primary group it is.
 */
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
