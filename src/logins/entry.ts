/**
 * What is read from a host's log: entries that count, each from this program or from sshd. The text of an entry is foreign: sshd
 * copies names into it that a client chose.
 */

/** A time in a log. */
export interface LogTime {
  /** Milliseconds since the epoch, by the clock of the host at that time. */
  readonly at: number;
  /** Milliseconds since the boot, which no change of the clock affects; undefined in a text file. */
  readonly uptime?: number | undefined;
  /** Id of the boot; undefined in a text file. */
  readonly boot?: string | undefined;
}

/** One entry of the journal, or one line of a text file. */
export interface Entry extends LogTime {
  readonly writer: "eic-agent" | "sshd";
  readonly pid: number | undefined;
  readonly message: string;
}

/** Maximum characters of a message. Records have 8 KiB at most (docs/audit.md), lines of sshd 1 KiB. */
export const MAX_MESSAGE = 8192;

/**
 * Returns the milliseconds from `earlier` to `later`; negative if the clock was set back in between and the log has no other.
 * @param bootAt the start of the current boot, milliseconds since the epoch, for a log that does not name boots
 * @returns undefined if a boot lies in between: no process and no connection lives on
 */
export function between(earlier: LogTime, later: LogTime, bootAt: number): number | undefined {
  if (earlier.boot !== undefined && later.boot !== undefined) {
    if (earlier.boot !== later.boot) return undefined;
    if (earlier.uptime !== undefined && later.uptime !== undefined) return later.uptime - earlier.uptime;
  } else if (earlier.at < bootAt && later.at >= bootAt) return undefined;
  return later.at - earlier.at;
}
