/** How sshd is wired to this program: what is in force for whom, what the sshd that runs has of it, who else is there. */
import { AWS_PLACES } from "../agents.ts";
import { type Behind, lookBehind } from "../behind.ts";
import { walkConfig } from "../config-walk.ts";
import type { Disk } from "../disk.ts";
import { currency } from "../effect.ts";
import { type Look, lookAround, type World } from "./look.ts";
import { removal } from "./removal.ts";
import { isShown } from "./verify.ts";

export interface Status {
  readonly look: Look;
  /** Files that `enable` wrote and `disable` would take away. */
  readonly pieces: readonly string[];
  /** Files of AWS's package, and systemd's own drop-in for userdbctl. */
  readonly others: readonly string[];
  /** Whether the sshd that runs has what its files say; undefined where none runs, or it cannot be told. */
  readonly upToDate: boolean | undefined;
  /** What makes it so. */
  readonly command: string | undefined;
  readonly behind: Behind;
}

/** By its name as systemd ships it since v256. */
const USERDB = "/etc/ssh/sshd_config.d/20-systemd-userdb.conf";

export async function lookAtStatus(world: World): Promise<Status> {
  const { disk } = world;
  const look = await lookAround(world);
  const { running, words, main, unit } = look;
  return {
    look,
    pieces: piecesOn(disk, main),
    others: found(disk),
    behind: await lookBehind(world.programs),
    ...currency({ running, words, walk: walkConfig(main, disk), unit: unit?.unit }),
  };
}

/** Where /lib is /usr/lib, a file is told of once. */
function found(disk: Disk): string[] {
  const all: string[] = [...AWS_PLACES, USERDB].filter((path) => disk.glob(path).length > 0);
  return all.filter((path) => !(path.startsWith("/lib/") && all.includes(`/usr${path}`)));
}

function piecesOn(disk: Disk, main: string): string[] {
  try {
    return removal(disk, main).changes.map(({ path }) => path);
  } catch {
    // Not root: what cannot be read is not told of.
    return [];
  }
}

/** For everybody, for root and for an ordinary user, and in the sshd that runs as far as that can be told. */
export const isInForce = ({ look: { answer, running }, upToDate }: Status): boolean =>
  isShown(answer) &&
  [answer.everybody, ...answer.some].every(({ ours }) => ours) &&
  upToDate !== false &&
  !(running.kind === "idle" && running.down !== undefined);
