/**
 * The permissions that logins use in the machine, from its audit log under a policy that logs every access to and by the
 * domains of the module (measure.cil), compared with packaging/selinux/needs.tsv.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { AUDIT_LOG, marked } from "./audit.ts";
import type { Machine } from "./machine.ts";

export const NEEDS = "packaging/selinux/needs.tsv";

const isOurs = (type: string) => type.startsWith("eic_agent_");

/** The parts of a host that a login passes through. What an administrator does to these files is no need of a login. */
const ON_THE_WAY = /^(eic_agent_\w+|sshd_t|sshd_session_t|sshd_auth_t|init_t|kernel_t|syslogd_t|systemd_tmpfiles_t)$/;

/** Reduces the log in the machine: its lines would take minutes to leave it. */
const REDUCED = `sed -nE 's/.*avc:  (granted|denied)  \\{ ([^}]*) \\} .*scontext=[^:]*:[^:]*:([^: ]*).* tcontext=[^:]*:[^:]*:([^: ]*).* tclass=(\\w+).*/\\1 \\3 \\4 \\5 \\2/p' ${AUDIT_LOG} | sort -u`;

/** Loads the policy that logs, and begins with an empty log. */
export const measureFromNow = ({ sh }: Machine): Promise<string> =>
  sh(`tar --extract --file=/root/kit/policy-measured.tar --directory=/
    restorecon -RF /etc/selinux /var/lib/selinux; load_policy
    systemctl stop eic-agent.service; systemctl restart eic-agent.socket; : >${AUDIT_LOG}`);

/** Returns what was measured: `granted` or `denied`, domain, type, class, and one permission, separated by tabs. */
export async function measured(machine: Machine): Promise<string[]> {
  await marked(machine);
  const lines = (await machine.sh(REDUCED)).split("\n");
  const rows = lines.flatMap((line) => {
    const [decision = "", source = "", target = "", object = "", ...permissions] = line.split(" ");
    if (!ON_THE_WAY.test(source) || !(isOurs(source) || isOurs(target))) return [];
    return permissions.map((one) => [decision, source, target === source ? "self" : target, object, one].join("\t"));
  });
  return [...new Set(rows)].toSorted();
}

/** Returns the rows of the table. */
export const listed = (): string[] =>
  readFileSync(NEEDS, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));

/** Adds rows to the table. */
export function record(rows: readonly string[]): void {
  const head = readFileSync(NEEDS, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("#"));
  writeFileSync(NEEDS, `${[...head, ...[...new Set([...listed(), ...rows])].toSorted()].join("\n")}\n`);
}
