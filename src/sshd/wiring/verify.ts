/**
 * Checks whether sshd, with its files as they are or as they are shown to it, would start and would run our command as our
 * user: for all users, for root, and for an ordinary user. Keywords combine across files, so both settings are checked.
 */
import { agentOf } from "../inspect/command-owner.ts";
import { type Source, sourceOf, walkConfig } from "../inspect/config-walk.ts";
import { commandIn, configurationFlaw, effectiveSettings, type Unknown, type Values } from "../inspect/effective.ts";
import type { Exec } from "../inspect/exec.ts";
import type { FileSystem } from "../inspect/file-changes.ts";
import { type Question, questionsFor } from "../inspect/questions.ts";
import type { Refusal } from "./refusal.ts";

/** The settings in force for one user; for all users if `user` is undefined. */
export interface InForce {
  readonly user: string | undefined;
  readonly command: string | undefined;
  readonly commandUser: string | undefined;
  readonly ours: boolean;
  readonly source: Source | undefined;
  readonly userSource: Source | undefined;
}

export interface Asking {
  readonly disk: FileSystem;
  readonly main: string;
  /** `-f` and `-o` of sshd's command line. */
  readonly words: readonly string[];
  /** See effective.ts. */
  readonly mayMakeFolder: boolean;
  /** The queries that were made before the change; if absent, those that the files suggest. */
  readonly questions?: readonly Question[] | undefined;
}

/** The whole output of `sshd -T` for one query. */
export interface Snapshot extends Question {
  readonly values: Values;
}

export interface SshdView {
  readonly kind: "known";
  readonly allUsers: InForce;
  readonly some: readonly InForce[];
  readonly values: Values;
  /** All answers: the three above first, then a connection for each Match block. */
  readonly snapshots: readonly Snapshot[];
}

/** sshd's answer, or the reason why it gave none. */
export type SshdQuery = SshdView | Unknown;

export const isKnown = (answer: SshdQuery): answer is SshdView => answer.kind === "known";

/** Number of concurrent queries to sshd: a file may have hundreds of Match blocks. */
const AT_ONCE = 4;

/** Queries sshd for all users, for root, for an ordinary user, and inside each Match block. */
export async function querySshd(asking: Asking, programs: Exec): Promise<SshdQuery> {
  const { words, mayMakeFolder } = asking;
  const flaw = await configurationFlaw({ words, mayMakeFolder }, programs);
  if (flaw !== undefined) return flaw;
  const walk = walkConfig(asking.main, asking.disk);
  const questions = asking.questions ?? (await questionsFor(walk, programs));
  const snapshots: Snapshot[] = [];
  // A directory that is made for one query is removed with it, so only one query runs at a time.
  const atOnce = mayMakeFolder ? 1 : AT_ONCE;
  for (let at = 0; at < questions.length; at += atOnce) {
    const asked = questions.slice(at, at + atOnce).map(async (question) => {
      const { connection } = question;
      return { question, effective: await effectiveSettings({ words, mayMakeFolder, connection }, programs) };
    });
    for (const { question, effective } of await Promise.all(asked)) {
      if (effective.kind === "unknown") return effective;
      snapshots.push({ ...question, values: effective.values });
    }
  }
  const [allUsers, ...some] = snapshots.slice(0, 3).map(({ connection, values }): InForce => {
    const { command, user: commandUser } = commandIn(values);
    return {
      user: connection?.user,
      command,
      commandUser,
      ours: command !== undefined && commandUser !== undefined && agentOf(command)?.ours === true,
      source: sourceOf("authorizedkeyscommand", command, walk, words),
      userSource: sourceOf("authorizedkeyscommanduser", commandUser, walk, words),
    };
  });
  const [first] = snapshots;
  if (allUsers === undefined || first === undefined)
    return { kind: "unknown", why: "failed", message: "no question was asked" };
  return { kind: "known", allUsers, some, values: first.values, snapshots };
}

/** Returns why not exactly this command and user are in force; undefined if they are. */
export function mismatchFlaw(
  answer: SshdQuery,
  ours: { readonly command: string; readonly user: string },
): Refusal | undefined {
  if (!isKnown(answer)) return { why: "not-accepted", unknown: answer };
  const other = [answer.allUsers, ...answer.some].find(
    ({ command, commandUser }) => command !== ours.command || commandUser !== ours.user,
  );
  if (other === undefined) return undefined;
  const { user, command, commandUser } = other;
  const source = command === ours.command ? other.userSource : other.source;
  if (source?.kind === "file" && source.match.length > 0)
    return { why: "match", user, command, commandUser, source, ours };
  return { why: "not-in-force", user, command, commandUser, source };
}
