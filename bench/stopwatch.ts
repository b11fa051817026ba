/** Starts programs through bench/stopwatch.c, one order after the other, and reads what each took. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { type Cpu, compile, compilerFor, LANGUAGE } from "../packaging/build/relay-compile.ts";

/** This machine's processor. */
export const NATIVE: Cpu = process.arch === "arm64" ? "arm64" : "x64";

export interface Ended {
  /** Exit status, or 128 and the signal. */
  readonly status: number;
  /** Milliseconds from before it was started until it had ended. */
  readonly wall: number;
  /** Milliseconds of processor time: its own, and that of processes that it waited for. */
  readonly processor: number;
  /** The most memory that it held, in MiB, shared pages included: getrusage(2). */
  readonly memory: number;
  /** Lines that it printed. */
  readonly lines: number;
}

export interface Lap {
  /** Milliseconds from the start of the first until the last had ended. */
  readonly wall: number;
  readonly ended: readonly Ended[];
}

/** @param to where the program is to lie */
export function compileStopwatch(to: string): void {
  compile(compilerFor(NATIVE), [...LANGUAGE, "-O2", "-static", "bench/stopwatch.c"], to);
}

export class Stopwatch {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #exit: Promise<unknown>;

  /** @param words how it is called; what it starts has `env` */
  constructor([program = "", ...words]: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(program, words, { env, stdio: ["pipe", "pipe", "inherit"] });
    this.#exit = once(this.#child, "exit");
    // Where it has died, the end of its lines says so.
    this.#child.stdin.on("error", () => undefined);
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  /**
   * Starts all of them at once, and waits for the last.
   * @param started is told their process ids when all have been started
   */
  async run(commands: readonly (readonly string[])[], started?: (pids: readonly number[]) => void): Promise<Lap> {
    const words = commands.map((command) => `${command.length}\n${command.map((word) => `${word}\0`).join("")}`);
    this.#child.stdin.write(`run ${commands.length}\n${words.join("")}`);
    const pids: number[] = [];
    while (pids.length < commands.length) pids.push(...(await this.#numbers("started")));
    started?.(pids);
    const ended: Ended[] = [];
    let [from, to] = [Number.POSITIVE_INFINITY, 0];
    for (const _ of commands) {
      const [, status = 0, begun = 0, end = 0, processor = 0, kibibytes = 0, lines = 0] = await this.#numbers("ended");
      [from, to] = [Math.min(from, begun), Math.max(to, end)];
      const [wall, taken] = [(end - begun) / 1000, processor / 1000];
      ended.push({ status, wall, processor: taken, memory: kibibytes / 1024, lines });
    }
    await this.#numbers("done");
    return { wall: (to - from) / 1000, ended };
  }

  /** Milliseconds of processor time that a running process has taken, all its threads together. */
  async processorOf(pid: number): Promise<number> {
    this.#child.stdin.write(`clock ${pid}\n`);
    const [microseconds = 0] = await this.#numbers("clock");
    return microseconds / 1000;
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    await this.#exit;
  }

  async #numbers(expected: string): Promise<number[]> {
    const { value, done } = await this.#lines.next();
    const [word, ...rest] = done ? [] : value.split(" ");
    if (word !== expected) throw new Error(`the stopwatch said ${JSON.stringify(value)} instead of ${expected}`);
    return rest.map(Number);
  }
}
