/** Measures one user's logins while unknown clients make sshd call two thousand times a second for other accounts. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as after } from "node:timers/promises";
import type { Status } from "../src/service/telemetry/status.ts";
import type { FloodCount, FloodOptions } from "../test/support/flood.ts";
import { fingerprint, keyLine } from "../test/support/keys.ts";
import type { Flood } from "./figures.ts";
import type { Asked, Contestant, Question } from "./programs.ts";
import { keysOf, type Warm } from "./warm.ts";

/** Calls per second, as in test/service/slow/flood.test.ts. */
const RATE = 2000;
const LOGINS = 20;
/** Milliseconds within which the flood must have started. */
const RISING_MS = 10_000;

/** @param accounts number of accounts that the flood asks for */
export async function flood(
  contestant: Contestant & { readonly warm: Warm },
  socket: string,
  accounts: number,
  ask: (one: Contestant, question: Question) => Promise<Asked>,
): Promise<Flood> {
  const users = Array.from({ length: accounts }, (_, i) => `account-${i}`);
  const options: FloodOptions = { socket, users, fingerprint: fingerprint(keyLine("a stranger's")), rate: RATE };
  const child = fork(new URL("../test/support/flood-child.ts", import.meta.url), [JSON.stringify(options)]);
  const before = await contestant.warm.status();
  try {
    await once(child, "message");
    const began = performance.now();
    await hasRisen(contestant.warm, before);
    const [first, second]: [number[], number[]] = [[], []];
    let right = 0;
    for (let login = 0; login < LOGINS; login += 1) {
      for (const [times, question] of [
        [first, "one key"],
        [second, "one key again"],
      ] as const) {
        const { words, lines } = await ask(contestant, question);
        const [one] = (await contestant.stopwatch.run([words])).ended;
        if (one?.status === 0 && one.lines === lines) right += 1;
        times.push(one?.wall ?? Number.NaN);
      }
    }
    child.send("end");
    const [{ sent, answers }] = (await once(child, "message")) as [FloodCount];
    const seconds = (performance.now() - began) / 1000;
    const { "0": answered = 0, "3": busy = 0, none: unanswered = 0 } = answers;
    // Only the logins get keys. The flood is over now, so this status request must be answered.
    const oneShots = Math.max(0, right - keysOf(await contestant.warm.status()) + keysOf(before));
    return { accounts, rate: sent / seconds, answered, busy, unanswered, first, second, right, oneShots };
  } finally {
    child.kill("SIGKILL");
  }
}

/** Waits until the service has received a second's worth of the flood, or is unreachable because of it. */
async function hasRisen(warm: Warm, { calls }: Status): Promise<void> {
  for (const until = performance.now() + RISING_MS; performance.now() < until; await after(50)) {
    if ((await callsOf(warm)) - calls.total >= RATE) return;
  }
  throw new Error("the flood does not rise");
}

async function callsOf(warm: Warm): Promise<number> {
  // During a flood the service may have no capacity for the status request either.
  return await warm.status().then(
    ({ calls }) => calls.total,
    () => Number.POSITIVE_INFINITY,
  );
}
