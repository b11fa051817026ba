/**
 * Writes to the systemd journal by its stream socket, without another process: a header of seven lines, then one line per
 * record.
 * @see systemd, src/journal/journald-stream.c (stdout_stream_line)
 */
import type { LogLine } from "./log.ts";
import type { WriteOptions } from "./syslog.ts";

const SOCKET = "/run/systemd/journal/stdout";
const TAG = "eic-agent";

/** Facility and severities of syslog(3); LOG_AUTHPRIV is facility 10. */
const AUTHPRIV = 10 << 3;
const SEVERITY = { info: 6, warning: 4 } as const satisfies Record<LogLine["level"], number>;

/** Identifier, unit, priority, level prefix (lines begin with `<severity>`), no forwarding to syslog, console, kmsg. */
const HEADER = [TAG, "", AUTHPRIV | SEVERITY.info, 1, 0, 0, 0].map((word) => `${word}\n`).join("");

/** Sends the lines. The journal confirms nothing, so success only means that the kernel has accepted the data. */
export function toJournal(lines: readonly LogLine[], { ms }: WriteOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const failed = (what: string) => {
    socket.destroy();
    reject(new Error(`${SOCKET}: ${what}`));
  };
  const socket = process.getBuiltinModule("node:net").connect(SOCKET);
  const late = setTimeout(() => failed(`not done within ${ms} ms`), ms);
  socket.on("error", ({ message }) => failed(message));
  socket.end(HEADER + lines.map(({ level, text }) => `<${SEVERITY[level]}>${text}\n`).join(""), resolve);
  return promise.finally(() => clearTimeout(late));
}
