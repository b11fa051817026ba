/** Waiting for what a program brings about while it runs, and never longer than it runs. */
import type { ChildProcess } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";

/** @throws Error where the program has ended first: it cannot come about any more */
export async function until(isSo: () => boolean, child: ChildProcess): Promise<void> {
  while (!isSo()) {
    const ending = child.exitCode ?? child.signalCode;
    if (ending !== null) throw new Error(`the program has ended before, with ${ending}`);
    await pause(1);
  }
}
