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
import { RELEASES } from "./releases.ts";
import { openSession } from "./session.ts";

const [TWELVE, THIRTEEN] = RELEASES;
/**
 * sshd as a service on one release, and started by its socket on the other. Each release and each mode occurs once, which
 * is enough for what does not depend on their combination. Stories use this pair or the other one, in turn.
 */
export const TWO: readonly Kind[] = [
  { release: TWELVE, mode: "service" },
  { release: THIRTEEN, mode: "socket" },
];
/** The other two combinations. */
export const OTHER_TWO: readonly Kind[] = [
  { release: TWELVE, mode: "socket" },
  { release: THIRTEEN, mode: "service" },
];
/** For the few stories on which all others are based. */
export const ALL: readonly Kind[] = [...TWO, ...OTHER_TWO];
/** For features that only the newer release has. */
export const DEBIAN_13 = ALL.filter(({ release }) => release === THIRTEEN);

/**
 * Only against hanging: boot, some installations and some logins take 5 to 15 seconds on two idle cores, a change in each
 * layout takes some minutes. A slow machine needs longer (vitest.config.ts).
 */
const TIMEOUT_MS = limit(600);

export interface Told {
  /** Not booted, to be changed as an image; the story boots it. */
  readonly down?: boolean;
  /** Matches the warnings that are expected in the journal. */
  readonly expected?: RegExp;
  /** No systemd runs in it at the end, so it has no units and no journal. The story itself checks the output of sshd. */
  readonly bare?: boolean;
}

export function stories(title: string, tell: () => void): void {
  describeWith("booted-system", title, tell);
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
  // Each story takes the next kind in turn: all stories together cover every kind.
  const here = isBrief ? kinds.filter((_, at) => at === storiesSoFar % kinds.length) : kinds;
  for (const kind of here) {
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
  await machine.sh("sshd -t");
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
