/**
 * Runs one test case on its own machine: the operator's actions, and then the checks that must pass after every case.
 * sshd's configuration is valid, logins with keys in authorized_keys work, the connection that was open all the time still
 * answers, no unit failed, and the agent logged no warning.
 */
import { expect, test } from "vitest";
import { isBrief, limit } from "../../tools/slowness.ts";
import { describeWith } from "../support/needs.ts";
import { type Kind, type Machine, openMachine } from "./machine.ts";
import { ordinaryKeyOpens } from "./operator.ts";
import { BOOKWORM, BULLSEYE, RELEASES, type Release, SID, TRIXIE } from "./releases.ts";
import { openSession } from "./session.ts";

/**
 * sshd as a service on one release, and started by its socket on the other. Each release and each mode occurs once, which
 * is enough for what does not depend on their combination. Stories use this pair or the other one, in turn.
 */
export const TWO: readonly Kind[] = [
  { release: BOOKWORM, mode: "service" },
  { release: TRIXIE, mode: "socket" },
];
/** The other two combinations. */
export const OTHER_TWO: readonly Kind[] = [
  { release: BOOKWORM, mode: "socket" },
  { release: TRIXIE, mode: "service" },
];
/** For the few stories on which all others are based. */
export const ALL: readonly Kind[] = [...TWO, ...OTHER_TWO];
/** For features that no earlier release has. */
export const FROM_13 = ALL.filter(({ release }) => release === TRIXIE);

/** The release before Debian 12, and the one after Debian 13: each story runs on them, too, in the same modes. */
const NEIGHBOURS = new Map<Release, Release>([
  [BOOKWORM, BULLSEYE],
  [TRIXIE, SID],
]);
const neighboursOf = (kinds: readonly Kind[]): Kind[] =>
  kinds.flatMap(({ release, mode }) => {
    const neighbour = NEIGHBOURS.get(release);
    return neighbour !== undefined && RELEASES.includes(neighbour) ? [{ release: neighbour, mode }] : [];
  });

/**
 * Returns the kinds of a story in this run. In a brief run each story takes the next kind in turn, so that all stories
 * together cover every kind of Debian 12 and 13; the neighbours have only the stories that are told everywhere.
 */
function kindsOf(kinds: readonly Kind[], turn: number, everywhere: boolean): Kind[] {
  if (!isBrief) return [...kinds, ...neighboursOf(kinds)];
  const now = kinds.filter((_, at) => at === turn % kinds.length);
  return everywhere ? [...now, ...neighboursOf(TWO)] : now;
}

/**
 * Only against hanging: boot, some installations and some logins take 5 to 15 seconds on two idle cores, a change in each
 * layout takes some minutes. A slow machine needs longer (vitest.config.ts).
 */
export const TIMEOUT_MS = limit(600);

export interface Told {
  /** Not booted, to be changed as an image; the story boots it. */
  readonly down?: boolean;
  /** Matches the warnings that are expected in the journal. */
  readonly expected?: RegExp;
  /** No systemd runs in it at the end, so it has no units and no journal. The story itself checks the output of sshd. */
  readonly bare?: boolean;
  /** Also in a brief run it is told on Debian 11. */
  readonly everywhere?: boolean;
}

export function stories(title: string, tell: () => void): void {
  describeWith("booted-system", title, tell);
}

/** A story that is a variation of others: it is told before a release, and not in a brief run. */
export function releaseStory(...words: Parameters<typeof story>) {
  if (!isBrief) story(...words);
}

/** Number of stories in this test file so far. */
let storiesSoFar = 0;

export function story(
  title: string,
  kinds: readonly Kind[],
  tell: (machine: Machine) => Promise<void>,
  told: Told = {},
) {
  storiesSoFar += 1;
  for (const kind of kindsOf(kinds, storiesSoFar, told.everywhere === true)) {
    test(`${title} [${kind.release.name}, ${kind.mode}]`, { timeout: TIMEOUT_MS }, async () => {
      const machine = await openMachine(kind, told);
      try {
        const session = told.down === true ? undefined : await openSession(machine);
        await tell(machine);
        await session?.stillAnswers();
        await isWell(machine, told);
        await session?.close();
      } catch (error) {
        throw await withJournal(machine, error);
      } finally {
        await machine.close();
      }
    });
  }
}

async function isWell(machine: Machine, { expected, bare = false }: Told): Promise<void> {
  await ordinaryKeyOpens(machine);
  // Debian 11's socket starts an sshd for each connection, and /run/sshd disappears with the last one.
  await machine.sh("mkdir -p /run/sshd; sshd -t");
  if (bare) return;
  expect(await machine.sh("systemctl --failed --no-legend --plain")).toBe("");
  // The agent's warnings and errors, and sshd's messages when the command fails.
  const complaints = `journalctl --quiet --no-pager --output=cat --identifier=eic-agent --priority=warning
    journalctl --quiet --no-pager --output=cat --grep='AuthorizedKeysCommand .* (failed|Unsafe)' || true`;
  const said = (await machine.sh(complaints)).split("\n").filter((line) => line !== "");
  expect(said.filter((line) => expected?.test(line) !== true)).toEqual([]);
}

/** Adds the machine's journal to an error, so that a failure can be understood without another boot. */
async function withJournal({ trySh }: Machine, error: unknown): Promise<Error> {
  const about = error instanceof Error ? error.message : String(error);
  const look = "journalctl --no-pager --lines=40 --output=short-precise; sshd -T 2>&1 | grep -i authorizedkeys";
  const said = await trySh(look).catch((cause: unknown) => ({ stdout: `no journal: ${cause}` }));
  return new Error(`${about}\n\nthe machine's journal, and sshd's configuration:\n${said.stdout}`, { cause: error });
}
