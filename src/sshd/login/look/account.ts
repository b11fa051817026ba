/** An account from getent: its entry with home and shell, the names of its groups, its shadow entry. */
import type { Exec } from "../../inspect/exec.ts";
import type { LoginFacts, PasswdEntry, Readable, ShadowEntry } from "../facts.ts";

export async function lookUpEntry(user: string, programs: Exec): Promise<LoginFacts["account"]> {
  const getent = programs.find("getent");
  if (getent === undefined) return undefined;
  const { status, stdout } = await programs.run(getent, ["passwd", "--", user]);
  // getent(1): 2, one or more keys could not be found.
  if (status !== 0) return status === 2 ? { kind: "none" } : undefined;
  const [name = "", password = "", uid, , , home = "", shell = ""] = stdout.replace(/\n$/, "").split(":");
  // getent takes a number for a user id; sshd takes names only.
  if (name !== user) return { kind: "none" };
  const value: PasswdEntry = { name, password, uid: Number(uid), home, shell };
  return { kind: "read", value };
}

/** Returns the names as sshd has them from getgrouplist(3). A group without a name does not count there. */
export async function lookUpGroupNames(user: string, programs: Exec): Promise<readonly string[] | undefined> {
  const [id, getent] = [programs.find("id"), programs.find("getent")];
  if (id === undefined || getent === undefined) return undefined;
  const all = await programs.run(id, ["-G", "--", user]);
  const numbers = all.stdout.trim().split(" ");
  if (all.status !== 0 || numbers[0] === "") return undefined;
  const { status, stdout } = await programs.run(getent, ["group", "--", ...numbers]);
  if (status !== 0 && status !== 2) return undefined;
  // A name may contain blanks, but never a colon.
  return stdout.split("\n").flatMap((row) => (row === "" ? [] : [row.slice(0, row.indexOf(":"))]));
}

export async function lookUpShadow(user: string, programs: Exec): Promise<Readable<ShadowEntry>> {
  const getent = programs.find("getent");
  if (getent === undefined || !programs.root) return { kind: "closed" };
  const { status, stdout } = await programs.run(getent, ["shadow", "--", user]);
  if (status !== 0) return status === 2 ? { kind: "none" } : { kind: "closed" };
  const [name, password = "", lastChange, , maximum, , inactive, expires] = stdout.trimEnd().split(":");
  if (name !== user) return { kind: "none" };
  const value = {
    password,
    lastChange: day(lastChange),
    maximum: day(maximum),
    inactive: day(inactive),
    expires: day(expires),
  };
  return { kind: "read", value };
}

const day = (text: string | undefined): number | undefined =>
  text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
