/**
 * Accounts that Match blocks can be tried with: all that the name service lists, and the members of groups that the blocks
 * name, since a directory (SSSD, LDAP) is asked by name and lists nothing by itself.
 */
import { lookUpGroup, lookUpPeople } from "./accounts.ts";
import { groupsNamedIn, type Person } from "./criteria.ts";
import type { Exec } from "./exec.ts";

export interface People {
  readonly people: readonly Person[];
  /** The first account that a person logs in with. */
  readonly ordinary: string | undefined;
}

/** @param blocks the conditions of each */
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
