/**
 * Lines of sshd's files that name our command, and for which users: for all users, or in a Match block for some. The author
 * of such a block has decided who uses our command. No advice of this program and no installation goes beyond that
 * (docs/decisions/0155). Pure.
 */
import { agentOf } from "./command-owner.ts";
import { type ConfigScan, globalSource, noneAsUndefined, type Setting } from "./config-walk.ts";

const COMMAND = "authorizedkeyscommand";
const USER = "authorizedkeyscommanduser";

export const namesUs = ({ keyword, value }: Pick<Setting, "keyword" | "value">): boolean =>
  keyword === COMMAND && agentOf(value)?.ours === true;

/** Checks whether a line holds for all users: it is global, or all of its blocks are `Match all`. */
const isForAll = ({ match }: Pick<Setting, "match">): boolean => match.every((one) => /^all$/i.test(one));

/** Returns every line that names our command, in the order in which sshd reads them. */
export const ownLines = (walk: Pick<ConfigScan, "settings">): Setting[] => walk.settings.filter(namesUs);

/** Returns those of them that hold for some users only. */
export const ownLinesForSome = (walk: Pick<ConfigScan, "settings">): Setting[] =>
  ownLines(walk).filter((line) => !isForAll(line));

/** Returns the AuthorizedKeysCommandUser that goes with a line: the one in the same block, or else the global one. */
export function commandUserOf(line: Setting, walk: ConfigScan, words: readonly string[] = []): string | undefined {
  const inBlock = walk.settings.find(
    ({ keyword, file, match }) => keyword === USER && file === line.file && match.join("\n") === line.match.join("\n"),
  );
  const value = (inBlock ?? globalSource(USER, walk, words))?.value;
  return value === undefined ? undefined : noneAsUndefined(value);
}
