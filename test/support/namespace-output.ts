/** Output of a running program, line by line, and waiting for a line: an event with a time limit, never a sleep. */
import type { Readable } from "node:stream";
import { limit } from "../../tools/slowness.ts";

/** Milliseconds; only against hanging. Scaled by the machine's slowness at the start of the tests (vitest.config.ts). */
const PATIENCE = limit(30);

export interface Output {
  readonly lines: readonly string[];
  /**
   * Returns the first matching line from line number `from` on; waits for it if necessary.
   * @throws Error with the whole output, if no line matches within `ms` or before the program ends
   */
  line(pattern: RegExp, from?: number, ms?: number): Promise<string>;
  /** Waits until at least `least` lines match; returns the matching lines. */
  count(pattern: RegExp, least: number, from?: number, ms?: number): Promise<string[]>;
}

export function outputOf(name: string, ...streams: readonly Readable[]): Output {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let open = streams.length;
  const wake = () => {
    for (const look of waiting) look();
  };
  for (const stream of streams) {
    let rest = "";
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts.map((line) => line.replace(/\r$/, "")));
      wake();
    });
    stream.once("close", () => {
      open -= 1;
      wake();
    });
  }

  function count(pattern: RegExp, least: number, from = 0, ms = PATIENCE): Promise<string[]> {
    const { promise, resolve, reject } = Promise.withResolvers<string[]>();
    const settle = (end: () => void) => {
      clearTimeout(timer);
      waiting.delete(look);
      end();
    };
    const give = (why: string) =>
      settle(() => reject(new Error(`${name}: ${why} before ${least} × ${pattern}; it said\n${lines.join("\n")}`)));
    const look = () => {
      const found = lines.slice(from).filter((line) => pattern.test(line));
      if (found.length >= least) settle(() => resolve(found));
      else if (open === 0) give("ended");
    };
    const timer = setTimeout(() => give(`${ms} ms went by`), ms);
    waiting.add(look);
    look();
    return promise;
  }

  return {
    lines,
    count,
    line: async (pattern, from, ms) => (await count(pattern, 1, from, ms))[0] ?? "",
  };
}
