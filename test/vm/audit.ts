/** The denials of SELinux in the machine's audit log, read as the file: ausearch finds nothing in a log that is written. */
import type { Machine } from "./machine.ts";

export const AUDIT_LOG = "/var/log/audit/audit.log";

/** Keeps the log in memory from now on, so that it can still be written when the disk cannot. */
export const keepAuditLogApart = ({ sh }: Machine): Promise<string> =>
  sh(`systemctl stop rsyslog.service syslog.socket; pkill --exact auditd; while pgrep --exact auditd; do sleep 0.1; done
    mount -t tmpfs -o mode=0700,rootcontext=system_u:object_r:auditd_log_t:s0 tmpfs /var/log/audit
    systemctl start auditd.service`);

/** Forgets the denials so far. */
export const forgetDenials = ({ sh }: Machine): Promise<string> => sh(`: >${AUDIT_LOG}`);

/**
 * Returns the denials of this program's domains and files since the last forgetDenials(), each different one once: who, what,
 * on what.
 * @throws Error if auditd does not write the log: then an empty log would prove nothing
 */
export async function ourDenials(machine: Machine): Promise<string[]> {
  await marked(machine);
  const text = await machine.sh(`cat ${AUDIT_LOG}`);
  const lines = text.split("\n").filter((line) => line.includes("avc:  denied"));
  return [...new Set(lines.map(summaryOf).filter(isOurs))].toSorted();
}

/** Waits until everything that has happened is in the log: auditd may be behind the kernel by a moment. */
export const marked = ({ sh }: Machine): Promise<string> =>
  sh(`auditctl -m end-of-story >/dev/null
    timeout 60 sh -c 'until grep -q end-of-story ${AUDIT_LOG}; do sleep 0.2; done'`);

const isOurs = (line: string): boolean => line.includes("eic_agent");

function summaryOf(line: string): string {
  const field = (name: string) => new RegExp(`\\b${name}=("[^"]*"|\\S+)`).exec(line)?.[1] ?? "-";
  const [, permissions = "-"] = /\{ ([^}]*) \}/.exec(line) ?? [];
  const type = (name: string) => field(name).split(":")[2] ?? "-";
  return `${type("scontext")} ${type("tcontext")}:${field("tclass")} { ${permissions} } comm=${field("comm")} name=${field("name")} path=${field("path")}`;
}
