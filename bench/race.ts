/** Runs commands in turn, round after round, and keeps what each run took. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Contestant {
  readonly name: string;
  /** The words to run now: users with keys change as keys expire. */
  readonly command: () => readonly string[];
  /** Lines that a right answer has: a run that fails must not win. Undefined for commands that we do not know. */
  readonly prints?: number;
}

export interface Times {
  readonly name: string;
  /** Milliseconds, one a run. */
  readonly wall: number[];
  /** Milliseconds of processor time, one a run; each to the system's tick (10 ms), so only their mean says something. */
  readonly processor: number[];
}

/** Rounds that are run and not counted: caches of the file system, and the service's own warming up. */
const WARM_UP = 3;

/**
 * The most memory that a contestant held, in MiB: as the kernel counted it when the process ended (getrusage(2)), which
 * time(1) shows. That small program starts it, because what a process copies from the one that forked it counts, too.
 */
export function peakMemory({ command }: Contestant): number {
  const { status, stderr, error } = spawnSync("/usr/bin/time", ["-f", "%M", ...command()], {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (error !== undefined) throw error;
  const kibibytes = Number(stderr.trim().split("\n").at(-1));
  if (status !== 0 || !(kibibytes > 0)) throw new Error(`time: ${stderr}`);
  return kibibytes / 1024;
}

/** @param beforeRound called before each round, to renew what the commands need */
export async function race(
  contestants: readonly Contestant[],
  rounds: number,
  beforeRound: () => Promise<void>,
): Promise<Times[]> {
  const times = contestants.map(({ name }): Times => ({ name, wall: [], processor: [] }));
  for (let round = -WARM_UP; round < rounds; round += 1) {
    await beforeRound();
    for (const [i, contestant] of contestants.entries()) {
      const run = timed(contestant);
      if (round < 0) continue;
      times[i]?.wall.push(run.wall);
      times[i]?.processor.push(run.processor);
    }
  }
  return times;
}

function timed({ name, command, prints }: Contestant): { wall: number; processor: number } {
  const [program = "", ...words] = command();
  const processor = childrensProcessorMs();
  const start = performance.now();
  const { status, stdout, error } = spawnSync(program, words, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const wall = performance.now() - start;
  if (error !== undefined) throw error;
  const lines = stdout.split("\n").length - 1;
  if (prints !== undefined && (status !== 0 || lines !== prints)) {
    throw new Error(`${name}: status ${status} and ${lines} lines, expected 0 and ${prints}`);
  }
  return { wall, processor: childrensProcessorMs() - processor };
}

/** proc(5): cutime and cstime of this process, in ticks of 10 ms: of all children that have ended. */
function childrensProcessorMs(): number {
  const fields = readFileSync("/proc/self/stat", "latin1")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[13]) + Number(fields[14])) * 10;
}
