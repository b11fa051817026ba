/**
 * What the kernel denied to sshd or to us, from every log that has it: auditd's own, syslog's files, the journal. Nothing
 * denied is said only if every log that is there could be read: with auditd its log alone has the denials.
 */
import { existsSync } from "node:fs";
import type { Exec } from "../../sshd/inspect/exec.ts";
import { aboutUs } from "../check/confinement.ts";

/** By system: auditd's own, Debian's, EL's. */
const KERNEL_LOGS = ["/var/log/audit/audit.log", "/var/log/kern.log", "/var/log/syslog", "/var/log/messages"];
/** Lines of the journal. */
const LINES = "2000";

/**
 * @param tailOf the last lines of a file; undefined where it is missing or closed
 * @param logs files; those that are not there are left out
 * @returns undefined where nothing was found and something could not be read, or where there is no log at all
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

/** @returns `none` where there is no journal; undefined where it is closed to this user */
async function inJournal(programs: Exec): Promise<readonly string[] | "none" | undefined> {
  const journalctl = programs.find("journalctl");
  if (journalctl === undefined) return "none";
  const words = ["--no-pager", "--output", "cat", "--lines", LINES, "_TRANSPORT=audit", "+", "_TRANSPORT=kernel"];
  const { status, stdout, stderr } = await programs.run(journalctl, words);
  if (/not seeing messages|insufficient permissions|permission/i.test(stderr)) return undefined;
  if (/No journal files were (found|opened)/.test(stderr)) return "none";
  return status === 0 ? stdout.split("\n") : undefined;
}
