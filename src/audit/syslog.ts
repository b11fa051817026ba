/**
 * syslog by logger(1), since Node has no datagram sockets of the local kind. It is given the text on its standard
 * input (arguments show in ps) and nothing of ours: sshd waits until nobody holds the pipe that it reads from us.
 */
import type { ChildProcess } from "node:child_process";
import type { LogLine } from "./log.ts";

/** Not looked up in PATH: who could set that must not choose what is run here. */
const LOGGER = "/usr/bin/logger";
const TAG = "eic-agent";
/** One record is smaller; without this, logger would make two messages of what is over 1 KiB. */
const MESSAGE_SIZE = "8KiB";

export interface WriteOptions {
  /** Milliseconds at most. */
  readonly ms: number;
  /** Whether to wait until the record is in the log, or only until it is on its way. */
  readonly confirmed: boolean;
}

/** @throws Error where the lines could not be handed over; where `confirmed`, where they are not in the log */
export async function toSyslog(lines: readonly LogLine[], hold: WriteOptions): Promise<void> {
  const levels = [...new Set(lines.map(({ level }) => level))];
  await Promise.all(
    levels.map((level) => {
      const text = lines.flatMap((line) => (line.level === level ? [`${line.text}\n`] : [])).join("");
      return sendToLogger(start(level), text, hold);
    }),
  );
}

function start(level: LogLine["level"]): ChildProcess {
  const words = ["-t", TAG, "-p", `authpriv.${level}`, "--size", MESSAGE_SIZE, "--socket-errors=on"];
  // Loaded here: a record for the journal has no use for it.
  return process.getBuiltinModule("node:child_process").spawn(LOGGER, words, {
    cwd: "/",
    env: {},
    // A session of its own: what ends ours does not end it before it has written.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
}

function sendToLogger(logger: ChildProcess, text: string, { ms, confirmed }: WriteOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const late = setTimeout(() => {
    // It may hang at a log that takes nothing; half a text must not come after all.
    logger.kill("SIGKILL");
    reject(new Error(`${LOGGER}: not done within ${ms} ms`));
  }, ms);
  let taken = false;
  logger.stdin?.end(text, (error?: Error | null) => {
    taken = !error;
    // With the kernel now, which keeps it for logger when we are gone.
    if (taken && !confirmed) resolve();
  });
  // It has gone without reading: its exit, which comes next, says why.
  logger.stdin?.on("error", () => undefined);
  logger.on("error", (error) => reject(new Error(`${LOGGER}: ${error.message}`)));
  logger.on("exit", (status, signal) => {
    if (status === 0 && taken) resolve();
    else reject(new Error(`${LOGGER}: ended with ${signal ?? status}`));
  });
  return promise.finally(() => clearTimeout(late));
}
