/** Runs a foreign command as sshd would: its arguments and environment, its deadline, and the limit on its output. */
import { type ChildProcess, spawn } from "node:child_process";
import { checkTrustedProgram } from "../host/program.ts";
import { surroundings } from "./environment.ts";
import { ProcessGroup } from "./process-group.ts";
import type { CommandResult, ExitResult } from "./result.ts";

/** Maximum bytes of its standard output; a thousand keys of the longest form. */
const OUTPUT_LIMIT = 1024 * 1024;

export interface RunningCommand {
  /** Result of the command, at the deadline at the latest. Never rejects. */
  readonly ended: Promise<CommandResult>;
  /** Resolves once no process of the command is left that could be ended. */
  groupEnded(): Promise<void>;
}

export interface RunOptions {
  /** Aborted at the time by which the command must have ended. */
  readonly signal: AbortSignal;
  /** Whether it inherits this program's standard error, a terminal; otherwise it is discarded, as sshd does. */
  readonly isHeard: boolean;
  /** Source of this process's account: `sshd`, this process's variables; `system`, the user database. */
  readonly account: "sshd" | "system";
}

/**
 * Starts the command without a shell, in a separate process group. It inherits only the pipe that is read here, and
 * standard error if `isHeard`.
 * @param words the absolute path of a program, and its arguments
 */
export function startCommand([program, ...words]: readonly [string, ...string[]], means: RunOptions): RunningCommand {
  const start = process.uptime();
  const milliseconds = () => Math.round((process.uptime() - start) * 1000);
  const group = new ProcessGroup();
  const { promise: ended, resolve } = Promise.withResolvers<CommandResult>();
  const decide: Decide = (ending, output = Buffer.alloc(0)) => {
    resolve({ program, ending, output, milliseconds: milliseconds() });
    group.end();
  };
  try {
    checkTrustedProgram(program);
    const child = spawn(program, words, {
      cwd: "/",
      env: surroundings(means.account),
      detached: true,
      stdio: ["ignore", "pipe", means.isHeard ? "inherit" : "ignore"],
    });
    if (child.pid !== undefined) group.begin(child.pid);
    follow(child, means.signal, decide);
  } catch (error) {
    decide(notRun(error));
  }
  return { ended, groupEnded: () => group.end() };
}

/** Sets the result, with the output if the output counts. */
type Decide = (ending: ExitResult, output?: Buffer) => void;

/** Reads the output to its end and waits for the exit, as sshd does, but within the limits of time and size. */
function follow(child: ChildProcess, signal: AbortSignal, decide: Decide): void {
  const parts: Buffer[] = [];
  let size = 0;
  let exited: ExitResult | undefined;
  let decided = false;

  const done = (ending: ExitResult) => {
    if (decided) return;
    decided = true;
    const counts = ending.kind === "exited" && ending.status === 0;
    decide(ending, counts ? Buffer.concat(parts, size) : undefined);
    child.stdout?.destroy();
  };
  child.stdout?.on("data", (part: Buffer) => {
    size += part.length;
    if (size > OUTPUT_LIMIT) done({ kind: "too-much", limit: OUTPUT_LIMIT });
    else parts.push(part);
  });
  // After a read error the output is incomplete.
  child.stdout?.on("error", ({ message }) =>
    done({ kind: "failed", what: `its output could not be read: ${message}` }),
  );
  child.on("error", (error) => done(notRun(error)));
  child.on("exit", (status, by) => {
    exited = status === null ? { kind: "killed", signal: by ?? "a signal" } : { kind: "exited", status, held: true };
    if (status !== 0) done(exited.kind === "exited" ? { ...exited, held: false } : exited);
  });
  // Emitted after the exit and the end of the output.
  child.on("close", () => {
    if (exited?.kind === "exited") done({ ...exited, held: false });
  });
  const late = () => {
    // One turn later, everything that arrived in time has been processed, even if this process was busy.
    setImmediate(() => done(exited ?? { kind: "late" }));
  };
  signal.addEventListener("abort", late, { once: true });
  if (signal.aborted) late();
}

const notRun = (error: unknown): ExitResult => ({
  kind: "failed",
  what: `it was not run: ${error instanceof Error ? error.message : String(error)}`,
});
