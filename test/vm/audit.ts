/** The denials of SELinux in the machine's audit log, read as the file: ausearch finds nothing in a log that is written. */
import type { Machine } from "./machine.ts";

const LOG = "/var/log/audit/audit.log";

/** Forgets the denials so far. */
export const forgetDenials = ({ sh }: Machine): Promise<string> => sh(`: >${LOG}`);

/**
 * Returns the denials of this program's domains and files since the last forgetDenials(), each different one once: who, what,
 * on what.
 * @throws Error if auditd does not write the log: then an empty log would prove nothing
 */
export async function ourDenials({ sh }: Machine): Promise<string[]> {
  // auditd may be behind the kernel by a moment: everything before the mark is in the log if the mark is.
  const text = await sh(`auditctl -m end-of-story >/dev/null
    timeout 60 sh -c 'until grep -q end-of-story ${LOG}; do sleep 0.2; done'
    cat ${LOG}`);
  const lines = text.split("\n").filter((line) => line.includes("avc:  denied"));
  return [...new Set(lines.map(summaryOf).filter(isOurs))].toSorted();
}

const isOurs = (line: string): boolean => line.includes("eic_agent");

function summaryOf(line: string): string {
  const field = (name: string) => new RegExp(`\\b${name}=("[^"]*"|\\S+)`).exec(line)?.[1] ?? "-";
  const [, permissions = "-"] = /\{ ([^}]*) \}/.exec(line) ?? [];
  const type = (name: string) => field(name).split(":")[2] ?? "-";
  return `${type("scontext")} ${type("tcontext")}:${field("tclass")} { ${permissions} } comm=${field("comm")} name=${field("name")} path=${field("path")}`;
}
