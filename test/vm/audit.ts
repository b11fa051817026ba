/** The denials of SELinux in the machine's audit log, read as the file: ausearch finds nothing in a log that is written. */
import type { Machine } from "./machine.ts";

const LOG = "/var/log/audit/audit.log";

export interface Denials {
  /** Those of the domains and files of this program. */
  readonly ours: string[];
  readonly others: string[];
}

/** Forgets the denials so far. */
export const forgetDenials = ({ sh }: Machine): Promise<string> => sh(`: >${LOG}`);

/** Returns the denials since the last forgetDenials(), each different one once: who, what, on what. */
export async function denials({ sh }: Machine): Promise<Denials> {
  // A denial is written by auditd, which may be behind the kernel by a moment: its own flush comes first.
  const text = await sh(`auditctl -m end-of-test >/dev/null; grep -h 'avc:  denied' ${LOG} || :`);
  const lines = text.split("\n").filter((line) => line !== "");
  const all = [...new Set(lines.map(summaryOf))].toSorted();
  return { ours: all.filter(isOurs), others: all.filter((line) => !isOurs(line)) };
}

const isOurs = (line: string): boolean => line.includes("eic_agent");

function summaryOf(line: string): string {
  const field = (name: string) => new RegExp(`\\b${name}=("[^"]*"|\\S+)`).exec(line)?.[1] ?? "-";
  const [, permissions = "-"] = /\{ ([^}]*) \}/.exec(line) ?? [];
  const type = (name: string) => field(name).split(":")[2] ?? "-";
  return `${type("scontext")} ${type("tcontext")}:${field("tclass")} { ${permissions} } comm=${field("comm")} name=${field("name")} path=${field("path")}`;
}
