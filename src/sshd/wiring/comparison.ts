/**
 * Compares the whole of `sshd -T` before and after our change: every line that differs, and for which users. Only intended
 * lines may differ; any other difference undoes the change. Keywords depend on each other in ways that the files do not
 * show. Example: OpenSSH 8.7 to 9.3 ignores an AuthorizedPrincipalsCommand that it reads after an AuthorizedKeysCommand
 * (servconf.c tests the wrong one of the two; fixed in 9.4), and certificates that depend on its principals no longer work.
 * Pure.
 */
import { isManaged } from "../inspect/command-owner.ts";
import { commandIn, type Values } from "../inspect/effective.ts";
import { PERMIT } from "../inspect/user-environment.ts";
import type { ManagedSettings } from "./managed-files.ts";
import { isKnown, type Snapshot, type SshdQuery, type SshdView } from "./verify.ts";

/** One keyword whose value differs; `none` if sshd does not print it. */
export interface Difference {
  readonly whom: string;
  readonly keyword: string;
  readonly before: string;
  readonly after: string;
}

const COMMANDS = ["authorizedkeyscommand", "authorizedkeyscommanduser"] as const;
const PRINCIPALS = ["authorizedprincipalscommand", "authorizedprincipalscommanduser"] as const;

const isOneOf = (list: readonly string[], keyword: string): boolean => list.includes(keyword);

function differences(before: readonly Snapshot[], after: readonly Snapshot[]): (Difference & Pair)[] {
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

/**
 * Returns the first line that `enable` changed without intending to.
 * @param had the value of our PermitUserEnvironment before; without it, a value that it has hidden may reappear
 */
export function unmeantByEnable(
  before: SshdQuery,
  after: SshdQuery,
  ours: ManagedSettings,
  had?: string,
): Difference | undefined {
  const meant: Readonly<Record<string, string | undefined>> = {
    authorizedkeyscommand: ours.command,
    authorizedkeyscommanduser: ours.user,
    authorizedprincipalscommand: ours.repeats?.command,
    authorizedprincipalscommanduser: ours.repeats?.user,
  };
  return unmeant(before, after, ({ keyword, before: was, after: now }) => {
    if (keyword === PERMIT && ours.permits === undefined) return had !== undefined && was === had;
    return (keyword === PERMIT ? ours.permits : meant[keyword]) === now;
  });
}

/** Returns the value that sshd has instead of our PermitUserEnvironment; undefined if it is in force, or not wanted. */
export function lineNotInForce(
  before: SshdQuery,
  after: SshdQuery,
  { permits }: Pick<ManagedSettings, "permits">,
): Difference | undefined {
  if (permits === undefined || !isKnown(before) || !isKnown(after)) return undefined;
  const now = valueIn(after.values, PERMIT);
  return now === permits
    ? undefined
    : { whom: "all users", keyword: PERMIT, before: valueIn(before.values, PERMIT), after: now };
}

/**
 * Returns the first line that `disable` changed without intending to. Settings hidden by our lines may reappear.
 * @param permits the value of our PermitUserEnvironment, if we wrote one
 */
export function unmeantByDisable(before: SshdQuery, after: SshdQuery, permits?: string): Difference | undefined {
  return unmeant(before, after, ({ keyword, was, before: had }) => {
    if (keyword === PERMIT) return permits !== undefined && had === permits;
    const { command } = commandIn(was.values);
    const wasOurs = command !== undefined && isManaged(command);
    return wasOurs && (isOneOf(COMMANDS, keyword) || isOneOf(PRINCIPALS, keyword));
  });
}

/**
 * Returns the first difference that is not intended. Without an answer before, nothing can be compared; a missing answer
 * afterwards is reported elsewhere.
 */
function unmeant(
  before: SshdQuery,
  after: SshdQuery,
  isMeant: (difference: Difference & Pair) => boolean,
): Difference | undefined {
  if (!isKnown(before) || !isKnown(after)) return undefined;
  const found = differences(before.snapshots, after.snapshots).find((one) => !isMeant(one));
  return found && { whom: found.whom, keyword: found.keyword, before: found.before, after: found.after };
}

/** Returns the settings that sshd would lose by our lines and keeps if our lines repeat them: the value for all users. */
export function toRepeat({ values }: Pick<SshdView, "values">, lost: Difference): ManagedSettings["repeats"] {
  const [command, user] = PRINCIPALS.map((keyword) => values.get(keyword)?.[0] ?? "none");
  if (!isOneOf(PRINCIPALS, lost.keyword) || command === undefined || command === "none") return undefined;
  return user === undefined || user === "none" ? undefined : { command, user };
}
