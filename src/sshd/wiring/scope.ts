/**
 * For which users our command is in force: for all users, for some by a Match block that an administrator wrote, or for no
 * user. For each such block, sshd is asked for a user whom it names, since another line may come first for that user, too.
 */
import { agentOf } from "../inspect/command-owner.ts";
import type { Setting } from "../inspect/config-walk.ts";
import { connectionFor } from "../inspect/criteria.ts";
import { type Connection, effectiveCommand } from "../inspect/effective.ts";
import type { Exec } from "../inspect/exec.ts";
import { ownLinesForSome } from "../inspect/own-lines.ts";
import { peopleFor } from "../inspect/people.ts";
import { isKeptOut } from "./decide.ts";
import type { SshdState, System } from "./inspect.ts";
import { isKnown, type SshdQuery } from "./verify.ts";

/** A line in a Match block that names our command. */
export interface OwnLine {
  readonly line: Setting;
  /** A user for whom its conditions hold, and whether sshd has our command for that user; undefined if no user is known. */
  readonly tried: { readonly user: string; readonly ours: boolean } | undefined;
}

export type Scope = "all" | "some" | "none" | "unknown";

/** Maximum queries to sshd: a file may have any number of blocks. */
const MOST = 8;

export async function ownLinesOf(
  { answer, walk, words, mayMakeFolder }: Pick<SshdState, "answer" | "walk" | "words" | "mayMakeFolder">,
  { programs }: Pick<System, "programs">,
): Promise<OwnLine[]> {
  const own = ownLinesForSome(walk);
  if (own.length === 0 || !isKnown(answer)) return own.map((line) => ({ line, tried: undefined }));
  const { people } = await peopleFor(
    own.map(({ match }) => match),
    programs,
  );
  const lines: OwnLine[] = [];
  for (const line of own) {
    const connection = lines.length < MOST ? connectionFor(line.match, people) : undefined;
    lines.push({ line, tried: connection && (await tryOut(connection, { words, mayMakeFolder }, programs)) });
  }
  return lines;
}

async function tryOut(
  connection: Connection,
  { words, mayMakeFolder }: Pick<SshdState, "words" | "mayMakeFolder">,
  programs: Exec,
): Promise<OwnLine["tried"]> {
  const found = await effectiveCommand({ words, mayMakeFolder, connection }, programs);
  if (found.kind !== "known") return undefined;
  const ours = found.command !== undefined && agentOf(found.command)?.ours === true;
  return { user: connection.user, ours };
}

export function scopeOf(answer: SshdQuery, lines: readonly OwnLine[]): Scope {
  if (!isKnown(answer)) return "unknown";
  const { allUsers, some } = answer;
  if (allUsers.ours && some.every((one) => one.ours || isKeptOut(one))) return "all";
  // A line that has no effect even for the user whom its block names does not count.
  return lines.some(({ tried }) => tried?.ours !== false) ? "some" : "none";
}
