/**
 * Queries to sshd whose answers can be compared before and after a change: for all users, for root, for the first ordinary
 * account, and for one connection per Match block.
 */
import type { ConfigScan } from "./config-walk.ts";
import { connectionFor, type Person } from "./criteria.ts";
import type { Connection } from "./effective.ts";
import type { Exec } from "./exec.ts";
import { peopleFor } from "./people.ts";

export interface Question {
  /** `all users`, `root`, `bob (Match User bob)`. */
  readonly whom: string;
  /** Undefined: all users. */
  readonly connection: Connection | undefined;
}

/** Name of the ordinary user if an image has no account yet. Only Match blocks see it. */
const NOBODY_YET = "nobody";

/** Returns the queries. The first three are always for all users, for root and for an ordinary user. */
export async function questionsFor(
  walk: Pick<ConfigScan, "settings" | "includes">,
  programs: Exec,
): Promise<Question[]> {
  const blocks = new Map<string, readonly string[]>();
  for (const { match } of [...walk.settings, ...walk.includes])
    if (match.length > 0) blocks.set(match.join("\n"), match);
  const { people, ordinary = NOBODY_YET } = await peopleFor(blocks.values(), programs);
  const who: Person = people.find(({ name }) => name === ordinary) ?? { name: ordinary, groups: [] };
  const asked = new Set<string>([JSON.stringify({ user: "root" }), JSON.stringify({ user: ordinary })]);
  const inBlocks = [...blocks.values()].flatMap((match): Question[] => {
    const connection = connectionFor(match, [who, ...people]);
    const key = JSON.stringify(connection);
    if (connection === undefined || asked.has(key)) return [];
    asked.add(key);
    return [{ whom: `${connection.user} (Match ${match.join(" with Match ")})`, connection }];
  });
  return [
    { whom: "all users", connection: undefined },
    { whom: "root", connection: { user: "root" } },
    { whom: ordinary, connection: { user: ordinary } },
    ...inBlocks,
  ];
}
