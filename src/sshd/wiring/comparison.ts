/**
 * What a change of ours did to the whole of `sshd -T`: every line that differs, for whom. Only what was meant may: all else
 * takes the change back. Keywords hang together in ways that no reading of the files shows. So OpenSSH 6.9 to 9.3 ignores
 * an AuthorizedPrincipalsCommand that is read after an AuthorizedKeysCommand (servconf.c asks for the wrong one of the two;
 * mended in 9.4), and certificates that it names principals for open nothing any more. Pure.
 */
import { agentOf } from "../inspect/command-owner.ts";
import { commandIn, type Values } from "../inspect/effective.ts";
import type { ManagedSettings } from "./managed-files.ts";
import { isKnown, type Snapshot, type SshdQuery, type SshdView } from "./verify.ts";

/** One keyword that sshd has otherwise; `none` where it does not print it. */
export interface Difference {
  readonly whom: string;
  readonly keyword: string;
  readonly before: string;
  readonly after: string;
}

export const COMMANDS = ["authorizedkeyscommand", "authorizedkeyscommanduser"] as const;
export const PRINCIPALS = ["authorizedprincipalscommand", "authorizedprincipalscommanduser"] as const;

const isOneOf = (list: readonly string[], keyword: string): boolean => list.includes(keyword);

export function differences(before: readonly Snapshot[], after: readonly Snapshot[]): (Difference & Pair)[] {
  return before.flatMap((was) => {
    const is = after.find(({ whom }) => whom === was.whom);
    const keywords = [...new Set([...was.values.keys(), ...(is?.values.keys() ?? [])])].toSorted();
    return keywords.flatMap((keyword) => {
      const [one, other] = [valueIn(was.values, keyword), is && valueIn(is.values, keyword)];
      if (is !== undefined && one === other) return [];
      return [{ whom: was.whom, keyword, before: one, after: other ?? "not answered", was, is }];
    });
  });
}

interface Pair {
  readonly was: Snapshot;
  readonly is: Snapshot | undefined;
}

const valueIn = (values: Values, keyword: string): string => values.get(keyword)?.join("\n") ?? "none";

/** The first line that `enable` has changed and did not mean to. */
export function unmeantByEnable(before: SshdQuery, after: SshdQuery, ours: ManagedSettings): Difference | undefined {
  const meant: Readonly<Record<string, string | undefined>> = {
    authorizedkeyscommand: ours.command,
    authorizedkeyscommanduser: ours.user,
    authorizedprincipalscommand: ours.repeats?.command,
    authorizedprincipalscommanduser: ours.repeats?.user,
  };
  return unmeant(before, after, ({ keyword, after: now }) => meant[keyword] === now);
}

/** The first line that `disable` has changed and did not mean to: what stood behind ours comes to light again. */
export function unmeantByDisable(before: SshdQuery, after: SshdQuery): Difference | undefined {
  return unmeant(before, after, ({ keyword, was }) => {
    const { command } = commandIn(was.values);
    const wasOurs = command !== undefined && agentOf(command)?.ours === true;
    return wasOurs && (isOneOf(COMMANDS, keyword) || isOneOf(PRINCIPALS, keyword));
  });
}

/** Where sshd said nothing before, there is nothing to compare; where it says nothing after, that is told elsewhere. */
function unmeant(
  before: SshdQuery,
  after: SshdQuery,
  isMeant: (difference: Difference & Pair) => boolean,
): Difference | undefined {
  if (!isKnown(before) || !isKnown(after)) return undefined;
  const found = differences(before.snapshots, after.snapshots).find((one) => !isMeant(one));
  return found && { whom: found.whom, keyword: found.keyword, before: found.before, after: found.after };
}

/** What sshd would lose by our lines and can keep by their repeating it: the value for everybody. */
export function toRepeat({ values }: Pick<SshdView, "values">, lost: Difference): ManagedSettings["repeats"] {
  const [command, user] = PRINCIPALS.map((keyword) => values.get(keyword)?.[0] ?? "none");
  if (!isOneOf(PRINCIPALS, lost.keyword) || command === undefined || command === "none") return undefined;
  return user === undefined || user === "none" ? undefined : { command, user };
}
