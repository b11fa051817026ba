/** Membership in our group. With a chained command, sshd keeps that command's user, who needs our own user's rights. */

import { type Exec, failureOf } from "../inspect/exec.ts";
import { OUR_GROUP } from "./managed-files.ts";

export const addMemberCommand = (user: string): readonly string[] => ["gpasswd", "-a", user, OUR_GROUP];
export const removeMemberCommand = (user: string): readonly string[] => ["gpasswd", "-d", user, OUR_GROUP];

/** @returns the error message; undefined on success */
export async function changeMembership(words: readonly string[], programs: Exec): Promise<string | undefined> {
  const [name = "", ...rest] = words;
  const program = programs.find(name);
  if (program === undefined) return `there is no ${name}`;
  return failureOf(words.join(" "), await programs.run(program, rest), "last");
}
