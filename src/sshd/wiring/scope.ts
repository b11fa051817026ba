/**
 * For whom our command is in force: for everybody; for some, by a Match block that an administrator wrote; or for nobody. Of
 * each such block sshd is asked for a user whom it names, since another line may come first for that user, too.
 */
import { lookUpGroup } from "../accounts.ts";
import { agentOf } from "../agents.ts";
import type { Setting } from "../config-walk.ts";
import { effectiveCommand } from "../effective.ts";
import { namedIn, ownLinesForSome } from "../own-lines.ts";
import type { Programs } from "../programs.ts";
import { isKeptOut } from "./decide.ts";
import type { Look, World } from "./look.ts";
import { type Answer, isShown } from "./verify.ts";

/** A line of ours in a Match block. */
export interface OwnLine {
  readonly line: Setting;
  /** A user whom its conditions name, and whether sshd has our command for that user; undefined: none is known. */
  readonly tried: { readonly user: string; readonly ours: boolean } | undefined;
}

export type Scope = "everybody" | "some" | "nobody" | "unknown";

/** Questions to sshd at most: a file may have any number of blocks. */
const MOST = 8;

export async function ownLinesOf(
  { answer, walk, words, mayMakeFolder }: Pick<Look, "answer" | "walk" | "words" | "mayMakeFolder">,
  { programs }: Pick<World, "programs">,
): Promise<OwnLine[]> {
  const lines: OwnLine[] = [];
  for (const line of ownLinesForSome(walk)) {
    const user = isShown(answer) && lines.length < MOST ? await memberOf(line, programs) : undefined;
    if (user === undefined) {
      lines.push({ line, tried: undefined });
      continue;
    }
    const found = await effectiveCommand({ words, mayMakeFolder, connection: { user } }, programs);
    const ours = found.kind === "known" && found.command !== undefined && agentOf(found.command)?.ours === true;
    lines.push({ line, tried: found.kind === "known" ? { user, ours } : undefined });
  }
  return lines;
}

/** Somebody whom a block names, as far as that is by name. */
async function memberOf(line: Pick<Setting, "match">, programs: Programs): Promise<string | undefined> {
  const { users, groups } = namedIn(line);
  if (users[0] !== undefined) return users[0];
  for (const group of groups) {
    const [member] = (await lookUpGroup(group, programs))?.members ?? [];
    if (member !== undefined) return member;
  }
  return undefined;
}

export function scopeOf(answer: Answer, lines: readonly OwnLine[]): Scope {
  if (!isShown(answer)) return "unknown";
  const { everybody, some } = answer;
  if (everybody.ours && some.every((one) => one.ours || isKeptOut(one))) return "everybody";
  // A line that does not come to anything for the very user whom it names is none.
  return lines.some(({ tried }) => tried?.ours !== false) ? "some" : "nobody";
}
