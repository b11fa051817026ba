/**
 * Reads what systemd passes: the socket, and whether standard output is the journal. systemd reports both only in the
 * environment. No answer depends on these three variables.
 */
import { fstatSync } from "node:fs";

/** The first descriptor that systemd passes: sd_listen_fds(3). */
const FIRST = 3;

export interface ListenEnvironment {
  readonly pid: string | undefined;
  readonly count: string | undefined;
}

const told = (): ListenEnvironment => ({ pid: process.env.LISTEN_PID, count: process.env.LISTEN_FDS });

/**
 * @returns the descriptor of a listening socket; undefined if systemd passed none to this process
 * @throws Error if systemd passed something else
 */
export function listenFd({ pid, count } = told(), self = process.pid): number | undefined {
  if (pid !== String(self) || count === undefined) return undefined;
  if (count !== "1") throw new Error(`systemd passed ${JSON.stringify(count)} sockets, expected one`);
  if (!fstatSync(FIRST).isSocket()) throw new Error("the descriptor passed by systemd is not a socket");
  return FIRST;
}

/** Checks whether a descriptor is the journal's, as defined in systemd.exec(5): `device:inode`. */
export function isJournal(fd: number, stream = process.env.JOURNAL_STREAM): boolean {
  const { dev, ino } = fstatSync(fd, { bigint: true });
  return stream === `${dev}:${ino}`;
}
