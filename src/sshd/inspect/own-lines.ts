/**
 * Where sshd's files name our own command, and for whom: for everybody, or for some users only, in a Match block. Whoever
 * wrote it into a block has decided for whom it is to be; no advice of ours, and no installation, goes beyond that
 * (docs/decisions/0155). Pure.
 */
import { agentOf } from "./command-owner.ts";
import { type ConfigScan, globalSource, noneAsUndefined, type Setting } from "./config-walk.ts";

const COMMAND = "authorizedkeyscommand";
const USER = "authorizedkeyscommanduser";

export const namesUs = ({ keyword, value }: Pick<Setting, "keyword" | "value">): boolean =>
  keyword === COMMAND && agentOf(value)?.ours === true;

/** `Match all`, alone or within others like it, holds for everybody. */
const isForAll = ({ match }: Pick<Setting, "match">): boolean => match.every((one) => /^all$/i.test(one));

/** Every line that names our command, in the order in which sshd reads them. */
export const ownLines = (walk: Pick<ConfigScan, "settings">): Setting[] => walk.settings.filter(namesUs);

/** Those of them that hold for some users only. */
export const ownLinesForSome = (walk: Pick<ConfigScan, "settings">): Setting[] =>
  ownLines(walk).filter((line) => !isForAll(line));

/** The AuthorizedKeysCommandUser that goes with a line: of its own block, or else the global one. */
export function commandUserOf(line: Setting, walk: ConfigScan, words: readonly string[] = []): string | undefined {
  const inBlock = walk.settings.find(
    ({ keyword, file, match }) => keyword === USER && file === line.file && match.join("\n") === line.match.join("\n"),
  );
  const value = (inBlock ?? globalSource(USER, walk, words))?.value;
  return value === undefined ? undefined : noneAsUndefined(value);
}
