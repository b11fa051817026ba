/** Waiting for an effect of a running program, never longer than the program runs. */
import type { ChildProcess } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";

/** Waits until `isSo` returns true. @throws Error if the program ended first, so that it can never become true */
export async function until(isSo: () => boolean, child: ChildProcess): Promise<void> {
  while (!isSo()) {
    const ending = child.exitCode ?? child.signalCode;
    if (ending !== null) throw new Error(`the program has ended before, with ${ending}`);
    await pause(1);
  }
}
