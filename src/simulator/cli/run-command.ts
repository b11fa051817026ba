/** `up -- COMMAND`: runs a program with the simulator's environment, and ends it when the simulator must end. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { Environment } from "./environment.ts";
import { resetPriority } from "./priority.ts";
import { codeOf, Problem } from "./problem.ts";

/**
 * @param ended when it resolves, the program is ended with SIGTERM
 * @returns its exit status, as a shell reports it
 */
export async function runWith(
  [program, ...words]: readonly [string, ...string[]],
  environment: Environment,
  ended: Promise<void>,
): Promise<number> {
  // Undefined variables are not passed on.
  const child = spawn(program, words, { stdio: "inherit", env: { ...process.env, ...environment } });
  resetPriority(child.pid);
  const over = new Promise<number>((resolve, reject) => {
    child.once("error", (error) =>
      reject(new Problem(`cannot run ${program} (${codeOf(error)})`, "name a program after --", { cause: error })),
    );
    child.once("close", (status, signal) => resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
  void ended.then(() => child.kill("SIGTERM"));
  return over;
}
