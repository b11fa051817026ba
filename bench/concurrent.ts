/** Measures many calls at once for one user, as when a team logs in: wall time, processor time and memory. */
import { setImmediate as turn } from "node:timers/promises";
import type { Crowd } from "./figures.ts";
import { available, type Held, heldBy } from "./memory.ts";
import type { Metadata } from "./metadata.ts";
import { sum } from "./numbers.ts";
import type { Asked, Contestant, Question } from "./programs.ts";
import type { Ended } from "./stopwatch.ts";
import { keysOf } from "./warm.ts";

/**
 * Milliseconds by which the metadata service delays the document while memory is measured, so that all calls wait for it at
 * the same time. Less than the relay's time limit (2.4 s) and the time limit of a request (1 s).
 */
const LATE_MS = 800;
/** Share of the available memory that a crowd may use. */
const SHARE = 0.7;

const QUESTION: Question = "one key";

export interface Crowds {
  readonly contestants: readonly Contestant[];
  readonly sizes: readonly number[];
  readonly rounds: number;
  readonly metadata: Metadata;
  readonly ask: (one: Contestant, question: Question) => Promise<Asked>;
  readonly beforeRound: () => Promise<void>;
  /** Returns the MiB that a single call of a program uses, as measured before. */
  readonly memoryOf: (program: string) => number;
}

export async function crowds(given: Crowds): Promise<Crowd[]> {
  const { contestants, sizes, rounds, beforeRound } = given;
  const rows = sizes.flatMap((size) =>
    contestants.map((contestant) => ({ contestant, size, laps: [] as Lap[], memory: undefined as Held | undefined })),
  );
  for (let round = 0; round < rounds; round += 1) {
    for (const row of rows) {
      await beforeRound();
      row.laps.push(await lap(row.contestant, row.size, given));
    }
  }
  // Measuring memory takes processor time, so these calls are separate from the timed calls.
  for (const row of rows) {
    if (row.size * given.memoryOf(row.contestant.program) > available() * SHARE) continue;
    await beforeRound();
    row.memory = await fullest(row.contestant, row.size, given);
  }
  return rows.map(({ contestant, size, laps, memory }) => ({
    ...{ program: contestant.program, size },
    all: laps.map(({ wall }) => wall),
    each: laps.flatMap(({ ended }) => ended.map(({ wall }) => wall)),
    right: sum(laps.map(({ right }) => right)),
    processor: laps.map(({ processor }) => processor),
    ...(contestant.warm !== undefined && { oneShots: sum(laps.map(({ oneShots }) => oneShots)) }),
    ...(memory !== undefined && { memory }),
  }));
}

interface Lap {
  readonly wall: number;
  readonly ended: readonly Ended[];
  readonly right: number;
  readonly processor: number;
  /** Number of right answers that did not come from the service. */
  readonly oneShots: number;
}

async function lap(contestant: Contestant, size: number, { ask }: Crowds): Promise<Lap> {
  const { stopwatch, warm } = contestant;
  const asked = await ask(contestant, QUESTION);
  const [before, saidBefore] = [(await warm?.processor(stopwatch)) ?? 0, await keysSaid(contestant)];
  const { wall, ended } = await stopwatch.run(Array.from({ length: size }, () => asked.words));
  const ofService = ((await warm?.processor(stopwatch)) ?? 0) - before;
  const right = ended.filter((one) => isRight(one, asked)).length;
  return {
    ...{ wall, ended, right, processor: sum(ended.map(({ processor }) => processor)) + ofService },
    oneShots: Math.max(0, right - ((await keysSaid(contestant)) - saidBefore)),
  };
}

const keysSaid = async ({ warm }: Contestant): Promise<number> =>
  warm === undefined ? 0 : keysOf(await warm.status());

const isRight = ({ status, lines }: Ended, asked: Asked): boolean =>
  status === 0 && (asked.lines === undefined || lines === asked.lines);

/** Returns the peak memory of all calls and the service together, sampled continuously until the last call has ended. */
async function fullest(contestant: Contestant, size: number, given: Crowds): Promise<Held> {
  const { stopwatch, warm } = contestant;
  const asked = await given.ask(contestant, QUESTION);
  await given.metadata.beLate(LATE_MS);
  const peak = { pss: 0, rss: 0 };
  let pids: readonly number[] = warm === undefined ? [] : [warm.pid];
  let isOver = false;
  const over = stopwatch
    .run(
      Array.from({ length: size }, () => asked.words),
      (started) => {
        pids = [...pids, ...started];
      },
    )
    .finally(() => {
      isOver = true;
    });
  // A failure is reported by the `await` below.
  over.catch(() => undefined);
  while (!isOver) {
    const now = heldBy(pids);
    if (now.pss > peak.pss) Object.assign(peak, now);
    await turn();
  }
  await over;
  await given.metadata.beLate(0);
  return peak;
}
