/**
 * Accounts that Match blocks can be tested with: all accounts that the name service lists, and the members of groups that
 * the blocks name. A directory service (SSSD, LDAP) answers for a name but does not list its accounts.
 */
import { lookUpGroup, lookUpPeople } from "./accounts.ts";
import { groupsNamedIn, type Person } from "./criteria.ts";
import type { Exec } from "./exec.ts";

export interface People {
  readonly people: readonly Person[];
  /** The first ordinary account with a shell. */
  readonly ordinary: string | undefined;
}

/** @param blocks the conditions of each Match block */
export async function peopleFor(blocks: Iterable<readonly string[]>, programs: Exec): Promise<People> {
  const { people, ordinary } = await lookUpPeople(programs);
  const listed = new Set(people.flatMap(({ groups }) => groups));
  const unlisted = new Set([...blocks].flatMap(groupsNamedIn).filter((group) => !listed.has(group)));
  const members = await Promise.all([...unlisted].map((group) => membersOf(group, programs)));
  return { people: [...people, ...members.flat()], ordinary };
}

async function membersOf(group: string, programs: Exec): Promise<Person[]> {
  const members = (await lookUpGroup(group, programs))?.members ?? [];
  return members.map((name) => ({ name, groups: [group] }));
}
