/** Starts programs through bench/stopwatch.c, one order after the other, and reads the time and memory of each. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { type Cpu, compile, compilerFor, LANGUAGE } from "../packaging/build/relay-compile.ts";

/** This machine's processor. */
export const NATIVE: Cpu = process.arch === "arm64" ? "arm64" : "x64";

export interface Ended {
  /** Exit status, or 128 plus the signal number. */
  readonly status: number;
  /** Milliseconds from before the program was started until it had ended. */
  readonly wall: number;
  /** Milliseconds of processor time of the program and of the processes that it waited for. */
  readonly processor: number;
  /** Peak memory in MiB, including shared pages: getrusage(2). */
  readonly memory: number;
  /** Lines that it printed. */
  readonly lines: number;
}

export interface Lap {
  /** Milliseconds from the start of the first program until the last had ended. */
  readonly wall: number;
  readonly ended: readonly Ended[];
}

/** @param to path of the compiled program */
export function compileStopwatch(to: string): void {
  compile(compilerFor(NATIVE), [...LANGUAGE, "-O2", "-static", "bench/stopwatch.c"], to);
}

export class Stopwatch {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #exit: Promise<unknown>;

  /** @param words its command line; the programs that it starts get `env` */
  constructor([program = "", ...words]: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(program, words, { env, stdio: ["pipe", "pipe", "inherit"] });
    this.#exit = once(this.#child, "exit");
    // If the process has died, the end of its output shows that.
    this.#child.stdin.on("error", () => undefined);
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  /**
   * Starts all commands at once, and waits for the last.
   * @param started called with the process ids when all have been started
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

  /** Returns the milliseconds of processor time that a running process has used, over all its threads. */
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
