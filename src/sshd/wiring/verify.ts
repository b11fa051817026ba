/**
 * Whether sshd, with its files as they are or as they are shown to it, would start, and would run our command as our user:
 * for everybody, for root, and for an ordinary user. Keywords combine across files, so both are looked at.
 */
import { lookUpLoginUser } from "../accounts.ts";
import { agentOf } from "../agents.ts";
import { type Source, sourceOf, walkConfig } from "../config-walk.ts";
import type { Disk } from "../disk.ts";
import { commandIn, configurationFlaw, effectiveSettings, type Unknown, type Values } from "../effective.ts";
import type { Programs } from "../programs.ts";
import type { Refusal } from "./refusal.ts";

/** What is in force for one user; for everybody where `user` is undefined. */
export interface InForce {
  readonly user: string | undefined;
  readonly command: string | undefined;
  readonly commandUser: string | undefined;
  readonly ours: boolean;
  readonly source: Source | undefined;
  readonly userSource: Source | undefined;
}

export interface Asking {
  readonly disk: Disk;
  readonly main: string;
  /** `-f` and `-o` of sshd's command line. */
  readonly words: readonly string[];
  /** See effective.ts. */
  readonly mayMakeFolder: boolean;
}

export interface Shown {
  readonly everybody: InForce;
  readonly some: readonly InForce[];
  readonly values: Values;
}

/** What sshd says, or why it says nothing. */
export type Answer = Shown | Unknown;

export const isShown = (answer: Answer): answer is Shown => "everybody" in answer;

/** Somebody who logs in: the first ordinary account; where an image has none yet, a name that only Match blocks see. */
const NOBODY_YET = "nobody";

/** Asks sshd for everybody, root and an ordinary user. */
export async function shown(asking: Asking, programs: Programs): Promise<Answer> {
  const { words, mayMakeFolder } = asking;
  const flaw = await configurationFlaw({ words, mayMakeFolder }, programs);
  if (flaw !== undefined) return flaw;
  const walk = walkConfig(asking.main, asking.disk);
  const ask = async (user: string | undefined): Promise<(InForce & { values: Values }) | Unknown> => {
    const connection = user === undefined ? {} : { connection: { user } };
    const effective = await effectiveSettings({ words, mayMakeFolder, ...connection }, programs);
    if (effective.kind === "unknown") return effective;
    const { command, user: commandUser } = commandIn(effective.values);
    return {
      user,
      command,
      commandUser,
      ours: command !== undefined && commandUser !== undefined && agentOf(command)?.ours === true,
      source: sourceOf("authorizedkeyscommand", command, walk, words),
      userSource: sourceOf("authorizedkeyscommanduser", commandUser, walk, words),
      values: effective.values,
    };
  };
  const users = ["root", (await lookUpLoginUser(programs)) ?? NOBODY_YET];
  const everybody = await ask(undefined);
  if ("why" in everybody) return everybody;
  const some: InForce[] = [];
  for (const user of users) {
    const one = await ask(user);
    if ("why" in one) return one;
    some.push(one);
  }
  return { everybody, some, values: everybody.values };
}

/** What keeps exactly this command and user from being in force; undefined where nothing does. */
export function shortOf(
  answer: Answer,
  ours: { readonly command: string; readonly user: string },
): Refusal | undefined {
  if (!isShown(answer)) return { why: "not-accepted", unknown: answer };
  const other = [answer.everybody, ...answer.some].find(
    ({ command, commandUser }) => command !== ours.command || commandUser !== ours.user,
  );
  if (other === undefined) return undefined;
  const { user, command, commandUser } = other;
  const source = command === ours.command ? other.userSource : other.source;
  if (source?.kind === "file" && source.match.length > 0)
    return { why: "match", user, command, commandUser, source, ours };
  return { why: "not-in-force", user, command, commandUser, source };
}
