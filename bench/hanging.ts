/**
 * Measures an ordinary login, which needs no pushed key, while the metadata service hangs. Five keys are offered, the last
 * key is in authorized_keys, and an sshd that runs its command before it reads that file makes six calls.
 */
import { fingerprint, keyLine } from "../test/support/keys.ts";
import type { Hanging } from "./figures.ts";
import type { Metadata } from "./metadata.ts";
import { sum } from "./numbers.ts";
import type { Asked, Contestant, Question } from "./programs.ts";
import type { Warm } from "./warm.ts";

/** Index of the key that each call asks for: the offer of each of five keys, then the signature with the last key. */
const CALLS = [0, 1, 2, 3, 4, 4];
/** Number of calls after which the service must have stopped waiting. */
const MOST = 20;

export async function hanging(
  contestant: Contestant & { readonly warm: Warm },
  metadata: Metadata,
  rounds: number,
  ask: (one: Contestant, question: Question) => Promise<Asked>,
): Promise<Hanging> {
  const { stopwatch, warm } = contestant;
  const keys = CALLS.map((which) => fingerprint(keyLine(`own-${which}`)));
  let logins = 0;
  /** Returns the total milliseconds of the calls of one login, for a user without pushed keys. */
  const login = async (status: number): Promise<number> => {
    logins += 1;
    const times: number[] = [];
    for (const key of keys) {
      const [one] = (await stopwatch.run([contestant.words(`ordinary-${logins}`, key)])).ended;
      if (one?.status !== status || one.lines !== 0) throw new Error(`a call ended with ${one?.status}`);
      times.push(one.wall);
    }
    return sum(times);
  };
  const several = async (status: number): Promise<number[]> => {
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) times.push(await login(status));
    return times;
  };

  await login(0);
  const well = await several(0);
  await metadata.hang(true);
  const first: number[] = [];
  while ((await warm.status()).metadataBreaker.state === "closed") {
    if (first.length === MOST) throw new Error("the service never gives up waiting");
    const [one] = (await stopwatch.run([contestant.words("opening", keys[0])])).ended;
    first.push(one?.wall ?? Number.NaN);
  }
  const hung = await several(1);
  await metadata.hang(false);
  const { words, lines } = await ask(contestant, "one key");
  const [back] = (await stopwatch.run([words])).ended;
  return { well, first, hung, isBackAtOnce: back?.status === 0 && back.lines === lines };
}
