/**
 * Whom sshd is asked for, so that its answers can be compared before and after a change: everybody, root, the first
 * ordinary account, and a connection for each Match block.
 */
import type { ConfigScan } from "./config-walk.ts";
import { connectionFor, type Person } from "./criteria.ts";
import type { Connection } from "./effective.ts";
import type { Exec } from "./exec.ts";
import { peopleFor } from "./people.ts";

export interface Question {
  /** `everybody`, `root`, `bob (Match User bob)`. */
  readonly whom: string;
  /** Undefined: everybody. */
  readonly connection: Connection | undefined;
}

/** Who stands for those who log in: where an image has no account yet, a name that only Match blocks see. */
const NOBODY_YET = "nobody";

/** The first three are always everybody, root and an ordinary user. */
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
    { whom: "everybody", connection: undefined },
    { whom: "root", connection: { user: "root" } },
    { whom: ordinary, connection: { user: ordinary } },
    ...inBlocks,
  ];
}
