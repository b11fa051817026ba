/**
 * One case: a machine of its own, what an operator does there, and at the end what must hold after everything: sshd's
 * configuration is good, keys in authorized_keys open, the connection that was open all the time still answers, no unit
 * failed, and the agent complained about nothing.
 */
import { expect, test } from "vitest";
import { isBrief } from "../../tools/slowness.ts";
import { describeWith } from "../support/needs.ts";
import { type Kind, type Machine, openMachine } from "./machine.ts";
import { ordinaryKeyOpens } from "./operator.ts";
import { RELEASES } from "./releases.ts";
import { openSession } from "./session.ts";

const [TWELVE, THIRTEEN] = RELEASES;
/**
 * sshd as a service on one release and by its socket on the other: each release and each manner once, which is enough for
 * what does not hang on both at once. Stories take this pair or the other by turns.
 */
export const TWO: readonly Kind[] = [
  { release: TWELVE, mode: "service" },
  { release: THIRTEEN, mode: "socket" },
];
/** The other way round. */
export const OTHER_TWO: readonly Kind[] = [
  { release: TWELVE, mode: "socket" },
  { release: THIRTEEN, mode: "service" },
];
/** For the few stories from which all others begin. */
export const ALL: readonly Kind[] = [...TWO, ...OTHER_TWO];
/** What only the newer release has. */
export const DEBIAN_13 = ALL.filter(({ release }) => release === THIRTEEN);

/**
 * Against hanging only: boot, some installations and some logins take 5 to 15 seconds on two quiet cores, a change in each
 * layout some minutes; all of it longer on a slow machine (vitest.config.ts).
 */
const TIMEOUT_MS = 600_000 * Number(process.env.EIC_SLOWNESS ?? "1");

export interface Told {
  /** Left down, to be worked on as an image; the story boots it. */
  readonly down?: boolean;
  /** What the agent says in the journal and is right to say. */
  readonly expected?: RegExp;
  /** No systemd runs in it at the end, so it has no units and no journal. What sshd said is the story's to look at. */
  readonly bare?: boolean;
}

export function stories(title: string, tell: () => void): void {
  describeWith("booted-system", title, tell);
}

/** Of this file. */
let storiesSoFar = 0;

export function story(
  title: string,
  kinds: readonly Kind[],
  tell: (machine: Machine) => Promise<void>,
  told: Told = {},
) {
  storiesSoFar += 1;
  // One after the other by turns: all stories together see every kind.
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
  // Warnings and worse; and what sshd says when the command fails.
  const complaints = `journalctl --quiet --no-pager --output=cat --identifier=eic-agent --priority=warning
    journalctl --quiet --no-pager --output=cat --grep='AuthorizedKeysCommand .* (failed|Unsafe)' || true`;
  const said = (await machine.sh(complaints)).split("\n").filter((line) => line !== "");
  expect(said.filter((line) => expected?.test(line) !== true)).toEqual([]);
}

/** What the machine itself said, so that a failure can be understood without booting it again. */
async function withJournal({ trySh }: Machine, error: unknown): Promise<Error> {
  const about = error instanceof Error ? error.message : String(error);
  const look = "journalctl --no-pager --lines=40 --output=short-precise; sshd -T 2>&1 | grep -i authorizedkeys";
  const said = await trySh(look).catch((cause: unknown) => ({ stdout: `no journal: ${cause}` }));
  return new Error(`${about}\n\nthe machine's journal, and sshd's configuration:\n${said.stdout}`, { cause: error });
}
