/** Measures single calls of the programs in turn, round after round. */

import type { Call } from "./figures.ts";
import type { Asked, Contestant, Question } from "./programs.ts";

/** Rounds that are run but not counted, to fill the caches of the file system and of the programs that answer. */
const WARM_UP = 3;

interface Row {
  readonly contestant: Contestant;
  readonly question: Question;
  readonly wall: number[];
  readonly processor: number[];
  readonly ofService: number[];
  memory: number;
}

export interface Schedule {
  readonly contestants: readonly Contestant[];
  /** A contestant is asked the questions of one list directly after one another. */
  readonly questions: readonly (readonly Question[])[];
  readonly rounds: number;
  readonly ask: (one: Contestant, question: Question) => Promise<Asked>;
  /** Called before each round, to renew what the calls need. */
  readonly beforeRound: () => Promise<void>;
}

/** Asks all contestants a question before the next question, so that calls that are compared are close in time. */
export async function race({ contestants, questions, rounds, ask, beforeRound }: Schedule): Promise<Call[]> {
  const rows = questions.flatMap((together) =>
    contestants.flatMap((contestant) =>
      contestant.questions
        .filter((question) => together.includes(question))
        .map((question): Row => ({ contestant, question, wall: [], processor: [], ofService: [], memory: 0 })),
    ),
  );
  for (let round = -WARM_UP; round < rounds; round += 1) {
    await beforeRound();
    for (const row of rows) await call(row, await ask(row.contestant, row.question), round >= 0);
  }
  return rows.map(({ contestant, question, wall, processor, ofService, memory }) => ({
    ...{ program: contestant.program, asked: question, wall, processor, memory },
    ...(contestant.warm !== undefined && { ofService }),
  }));
}

async function call(row: Row, { words, lines }: Asked, counts: boolean): Promise<void> {
  const { program, stopwatch, warm } = row.contestant;
  const before = (await warm?.processor(stopwatch)) ?? 0;
  const { ended } = await stopwatch.run([words]);
  const ofService = ((await warm?.processor(stopwatch)) ?? 0) - before;
  const [one] = ended;
  if (one === undefined) throw new Error("the stopwatch counted none");
  if (lines !== undefined && (one.status !== 0 || one.lines !== lines)) {
    throw new Error(
      `${program}, ${row.question}: status ${one.status} and ${one.lines} lines, expected 0 and ${lines}`,
    );
  }
  if (!counts) return;
  row.wall.push(one.wall);
  row.processor.push(one.processor + ofService);
  row.ofService.push(ofService);
  row.memory = Math.max(row.memory, one.memory);
}
