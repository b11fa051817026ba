/**
 * What systemd hands over: the socket, and whether standard output is the journal. It says both in the environment, and
 * nowhere else; these three variables are the only ones that are read outside of cli/, and no answer depends on them.
 */
import { fstatSync } from "node:fs";

/** sd_listen_fds(3): the first descriptor. */
const FIRST = 3;

export interface ListenEnvironment {
  readonly pid: string | undefined;
  readonly count: string | undefined;
}

const told = (): ListenEnvironment => ({ pid: process.env.LISTEN_PID, count: process.env.LISTEN_FDS });

/**
 * @returns the descriptor of a listening socket; undefined where none was handed to this very process
 * @throws Error where something else was
 */
export function listenFd({ pid, count } = told(), self = process.pid): number | undefined {
  if (pid !== String(self) || count === undefined) return undefined;
  if (count !== "1") throw new Error(`systemd handed over ${JSON.stringify(count)} sockets, one is wanted`);
  if (!fstatSync(FIRST).isSocket()) throw new Error("what systemd handed over is no socket");
  return FIRST;
}

/** Whether a descriptor is the journal's, as systemd.exec(5) has it: `device:inode`. */
export function isJournal(fd: number, stream = process.env.JOURNAL_STREAM): boolean {
  const { dev, ino } = fstatSync(fd, { bigint: true });
  return stream === `${dev}:${ino}`;
}
