/** Runs `eic-agent serve`, the warm service, as a process: opens its socket, handles signals, logs its start and its end. */
import { writeSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { ascii } from "../../audit/events.ts";
import { RECORD_MS } from "../../settings/limits.ts";
import { replaceControls } from "../../verify/escape.ts";
import { systemClock } from "../clock.ts";
import { type Output, openOutput } from "../telemetry/log-stream.ts";
import { errorSummary } from "./handle-call.ts";
import { listenAt, listenOn } from "./listen.ts";
import { Service } from "./server.ts";
import { listenFd } from "./systemd.ts";

/** Set when the bundle is built; absent when the sources run directly. */
declare const __VERSION__: string | undefined;
const VERSION = typeof __VERSION__ === "string" ? __VERSION__ : "0.0.0-source";

const STDERR = 2;

/** @returns the exit status: 0 if it was asked to end or was idle; 1 if it could not start, or could not continue */
export async function serve({
  socket,
  config,
}: {
  socket: string | undefined;
  config: string | undefined;
}): Promise<0 | 1> {
  limitHeap();
  exitOnUncaught();
  const output = openOutput();
  const service = new Service({ config, clock: systemClock, output, version: VERSION });
  try {
    await service.start(listener(socket));
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    return 1;
  }
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => service.end("signalled"));
  // By default, Node opens a debugger on this signal.
  process.on("SIGUSR1", () => undefined);
  logNotice(output, "service-ready", `version=${VERSION} pid=${process.pid}`);
  const why = await service.ended;
  await logNotice(output, "service-ending", `why=${why} calls=${service.status().calls.total}`);
  return why === "log-closed" ? 1 : 0;
}

function listener(socket: string | undefined) {
  if (socket !== undefined) return listenAt(socket);
  const fd = listenFd();
  if (fd === undefined) {
    throw new Error("systemd passed no socket; start eic-agent.socket, or name one with --socket PATH");
  }
  return listenOn(fd);
}

/** Logs a notice of two words that need no quotes; the audit module is not loaded for it. */
const logNotice = (output: Output, notice: string, words: string): Promise<void> =>
  output.write(`${output.isJournal ? "<6>" : ""}${notice} ${words}\n`, RECORD_MS).catch(() => undefined);

const complain = (what: string): void => void writeSync(STDERR, `eic-agent: ${replaceControls(what)}\n`);

/**
 * Limits the heap. By default, V8 would let the young generation grow sixteenfold under a flood, and the old generation to
 * three times its live data, and keep both. Collecting more often costs a call less than can be measured.
 */
function limitHeap(): void {
  for (const flag of ["--semi-space-growth-factor=1", "--optimize-for-size"]) setFlagsFromString(flag);
}

/** Exits on a bug outside of any call: the state of the process is no longer reliable. systemd restarts the service. */
function exitOnUncaught(): void {
  const crash = (error: unknown) => {
    try {
      writeSync(STDERR, `service-crashed error=${ascii(errorSummary(error))}\n`);
    } finally {
      process.exit(1);
    }
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
}
