/**
 * How sshd uses this program: what is in force for which users, what the running sshd has read of it, and which other
 * packages and sshd processes there are.
 */
import { AWS_PATHS, isTrial } from "../inspect/command-owner.ts";
import { permissionFlaw } from "../inspect/config-walk.ts";
import { hearSshds } from "../inspect/every-sshd.ts";
import type { FileSystem } from "../inspect/file-changes.ts";
import { freshness } from "../inspect/reload-plan.ts";
import { inspectService, type ServiceState } from "../inspect/service-state.ts";
import { deaf, type Heard } from "../inspect/unwired.ts";
import { reportSession, type SessionReport } from "../inspect/user-environment.ts";
import { type LostBlock, lostBlock } from "./block-lost.ts";
import { inspect, type SshdState, type System } from "./inspect.ts";
import { removal } from "./removal.ts";
import { type OwnLine, ownLinesOf, type Scope, scopeOf } from "./scope.ts";
import { isKnown } from "./verify.ts";

export interface Status {
  readonly look: SshdState;
  /** Lines that name our command in Match blocks, for some users only. */
  readonly own: readonly OwnLine[];
  readonly scope: Scope;
  /** Files that `enable` wrote and `disable` would remove. */
  readonly pieces: readonly string[];
  /** The first file or directory that this user may not read; its content is not known. */
  readonly closed: string | undefined;
  /** Files of AWS's package, and systemd's own drop-in for userdbctl. */
  readonly others: readonly string[];
  /** Whether the running sshd has what its files say; undefined if no sshd runs, or it is not known. */
  readonly upToDate: boolean | undefined;
  /** The command that brings it up to date. */
  readonly command: string | undefined;
  /** Every sshd that listens. */
  readonly heard: Heard;
  /** The block that `enable --edit-main` wrote and that has been removed since. */
  readonly lost: LostBlock | undefined;
  readonly behind: ServiceState;
  /** The variables of a session; undefined if the setting is off. */
  readonly session: SessionReport | undefined;
}

/** The name under which systemd ships its drop-in since v256. */
const USERDB = "/etc/ssh/sshd_config.d/20-systemd-userdb.conf";

export async function lookAtStatus(world: System): Promise<Status> {
  const { disk } = world;
  const look = await inspect(world);
  const { running, words, main, unit, walk, answer } = look;
  const own = await ownLinesOf(look, world);
  const scope = scopeOf(answer, own);
  return {
    look,
    own,
    scope,
    pieces: piecesOn(disk, main),
    closed: permissionFlaw(walk),
    others: found(disk),
    heard: await hearSshds(disk, world.programs),
    lost: scope === "all" || !world.programs.root ? undefined : await lostBlock(look, world),
    behind: await inspectService(world.programs),
    session: reportSession(world.session, isKnown(answer) ? answer.values : undefined, look),
    ...freshness({ running, words, walk, unit: unit?.unit }),
  };
}

/** Returns the files of others. If /lib is /usr/lib, a file is reported once. */
function found(disk: FileSystem): string[] {
  const all: string[] = [...AWS_PATHS, USERDB].filter((path) => disk.glob(path).length > 0);
  return all.filter((path) => !(path.startsWith("/lib/") && all.includes(`/usr${path}`)));
}

function piecesOn(disk: FileSystem, main: string): string[] {
  try {
    return removal(disk, main).changes.map(({ path }) => path);
  } catch {
    // Not root: files that cannot be read are not reported.
    return [];
  }
}

/**
 * Checks whether our command is in force: for all users except those whom a Match block excludes, or for those whom a Match
 * block names; in the running sshd, and in the one on port 22, as far as that is known.
 */
export const isInForce = ({ scope, upToDate, heard, look: { running } }: Status): boolean =>
  (scope === "all" || scope === "some") &&
  upToDate !== false &&
  deaf(heard).length === 0 &&
  !(running.kind === "idle" && running.down !== undefined);

/** Checks whether sshd calls another command, with a trial of ours; undefined if that is not known. */
export const isInTrial = ({ look: { answer } }: Status): boolean | undefined =>
  isKnown(answer) ? isTrial(answer.allUsers.command) : undefined;

/** Checks whether only root could find out. */
export const isClosed = ({ look: { answer } }: Status): boolean =>
  answer.kind === "unknown" && answer.why === "needs-root";
