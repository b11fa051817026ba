/**
 * Measures a login with a pushed key while sshd also asks for five offered keys of another user, none of them pushed. The
 * other user has either no keys, or forty keys, each with a comment as long as the API accepts. A user with forty keys must
 * not slow down the login more than a user without keys does.
 */
import { fingerprint, keyLine } from "../test/support/keys.ts";
import type { Beside } from "./figures.ts";
import type { Metadata } from "./metadata.ts";
import type { Asked, Contestant, Question } from "./programs.ts";

/** Fingerprints of the five keys that are offered for the other user. */
const OFFERED = Array.from({ length: 5 }, (_, which) => fingerprint(keyLine(`offered-${which}`)));
const FORTY = 40;
/** Number of rounds that share one guest, and so the keys of one push. */
const TURNS = 20;

export async function beside(
  contestant: Contestant,
  metadata: Metadata,
  rounds: number,
  ask: (one: Contestant, question: Question) => Promise<Asked>,
): Promise<Beside> {
  const figures = { alone: [] as number[], besideNone: [] as number[], besideForty: [] as number[] };
  /** Returns the milliseconds of the call that prints a key. */
  const login = async (guest: string | undefined): Promise<number> => {
    const { words, lines } = await ask(contestant, "one key");
    const others = guest === undefined ? [] : OFFERED.map((key) => contestant.words(guest, key));
    const { ended } = await contestant.stopwatch.run([...others, words]);
    const mine = ended.find((one) => one.lines === lines);
    if (mine?.status !== 0 || ended.some((one) => one !== mine && one.lines > 0))
      throw new Error(`${contestant.program} answered wrongly beside other calls`);
    return mine.wall;
  };
  for (let round = 0; round < rounds; round += 1) {
    const guest = `wordy-${Math.floor(round / TURNS)}`;
    if (round % TURNS === 0) await metadata.push(guest, FORTY, true);
    figures.alone.push(await login(undefined));
    figures.besideNone.push(await login(`without-${round}`));
    figures.besideForty.push(await login(guest));
  }
  return figures;
}
