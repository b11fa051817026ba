/**
 * sshd's log lines other than failures of its command: dropped connections, logins, and a `none` that sshd took for a path.
 */
import { type Exec, systemPrograms } from "../../sshd/inspect/exec.ts";
import { NOT_ABSOLUTE } from "../check/none-in-match.ts";
import { DROPPED, type SshdLine } from "../check/penalties.ts";
import { sshdEntries, type Tagged } from "./system.ts";

export interface SshdLog {
  /** Undefined if no log of sshd's can be read. */
  readonly drops: readonly SshdLine[] | undefined;
  /** Addresses in sshd's lines of accepted logins. */
  readonly clients: ReadonlySet<string>;
  /** sshd's last line about the path of its command not being absolute. */
  readonly notAbsolute: SshdLine | undefined;
}

/** Format of sshd's log line (auth.c, auth_log). */
const ACCEPTED = /^Accepted \S+ for .* from (\S+) port \d+/;

export async function lookAtSshdLog(programs: Exec = systemPrograms): Promise<SshdLog> {
  const entries = await sshdEntries(programs);
  const lines = entries?.filter(({ tag }: Tagged) => /^sshd/.test(tag));
  return {
    drops: lines?.filter(({ message }) => DROPPED.test(message)),
    clients: new Set((lines ?? []).flatMap(({ message }) => ACCEPTED.exec(message)?.[1] ?? [])),
    notAbsolute: lines?.findLast(({ message }) => NOT_ABSOLUTE.test(message)),
  };
}
