/**
 * Denials by the kernel to sshd or to eic-agent, from every log that has them: auditd's own, syslog's files, the journal.
 * "Nothing denied" is reported only if every existing log could be read: with auditd only its own log has the denials.
 */
import { existsSync } from "node:fs";
import type { Exec } from "../../sshd/inspect/exec.ts";
import { aboutUs } from "../check/confinement.ts";

/** By system: auditd's own, Debian's, EL's. */
const KERNEL_LOGS = ["/var/log/audit/audit.log", "/var/log/kern.log", "/var/log/syslog", "/var/log/messages"];
/** Lines of the journal. */
const LINES = "2000";

/**
 * Returns the denials in all logs.
 * @param tailOf returns the last lines of a file; undefined if it is missing or not readable
 * @param logs files; missing ones are skipped
 * @returns undefined if nothing was found and a log could not be read, or if there is no log at all
 */
export async function denialsIn(
  programs: Exec,
  tailOf: (path: string) => readonly string[] | undefined,
  logs: readonly string[] = KERNEL_LOGS,
): Promise<readonly string[] | undefined> {
  const files = logs.filter((path) => existsSync(path)).map(tailOf);
  const sources = [...files, await inJournal(programs)].filter((source) => source !== "none");
  const found = aboutUs(sources.flatMap((lines) => lines ?? []));
  if (found.length > 0) return found;
  return sources.length === 0 || sources.includes(undefined) ? undefined : [];
}

/**
 * Reads the journal.
 * @returns `none` if there is no journal; undefined if this user cannot read it
 */
async function inJournal(programs: Exec): Promise<readonly string[] | "none" | undefined> {
  const journalctl = programs.find("journalctl");
  if (journalctl === undefined) return "none";
  const words = ["--no-pager", "--output", "cat", "--lines", LINES, "_TRANSPORT=audit", "+", "_TRANSPORT=kernel"];
  const { status, stdout, stderr } = await programs.run(journalctl, words);
  if (/not seeing messages|insufficient permissions|permission/i.test(stderr)) return undefined;
  if (/No journal files were (found|opened)/.test(stderr)) return "none";
  return status === 0 ? stdout.split("\n") : undefined;
}
