/**
 * Writes to syslog by logger(1), because Node has no Unix datagram sockets. The text goes to its standard input, because
 * arguments are visible in ps. It inherits nothing from us: sshd waits until no process holds the pipe that it reads.
 */
import type { ChildProcess } from "node:child_process";
import type { LogLine } from "./log.ts";

/** An absolute path, not looked up in PATH: a user who can set PATH must not choose the program that runs here. */
const LOGGER = "/usr/bin/logger";
const TAG = "eic-agent";
/** Larger than any record. Without this option, logger would split text over 1 KiB into two messages. */
const MESSAGE_SIZE = "8KiB";

export interface WriteOptions {
  /** Maximum duration in milliseconds. */
  readonly ms: number;
  /** Whether to wait until the record is in the log, or only until it has been handed over. */
  readonly confirmed: boolean;
}

/** @throws Error if the lines could not be handed over or, with `confirmed`, are not in the log */
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
  // Loaded here because a record for the journal does not need it.
  return process.getBuiltinModule("node:child_process").spawn(LOGGER, words, {
    cwd: "/",
    env: {},
    // Separate session: a signal that ends this program's session must not end logger before it has written.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
}

function sendToLogger(logger: ChildProcess, text: string, { ms, confirmed }: WriteOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const late = setTimeout(() => {
    // logger may hang at a log that accepts nothing; a partial text must not be written later.
    logger.kill("SIGKILL");
    reject(new Error(`${LOGGER}: not done within ${ms} ms`));
  }, ms);
  let taken = false;
  logger.stdin?.end(text, (error?: Error | null) => {
    taken = !error;
    // The kernel has the text now, and keeps it for logger after this process has ended.
    if (taken && !confirmed) resolve();
  });
  // logger has exited without reading; its exit event, which comes next, has the reason.
  logger.stdin?.on("error", () => undefined);
  logger.on("error", (error) => reject(new Error(`${LOGGER}: ${error.message}`)));
  logger.on("exit", (status, signal) => {
    if (status === 0 && taken) resolve();
    else reject(new Error(`${LOGGER}: ended with ${signal ?? status}`));
  });
  return promise.finally(() => clearTimeout(late));
}
