/** Whether sshd sets the variables of `[session] caller_variable`, as text and as JSON. The doctor uses the same words. Pure. */
import { describeSource } from "../../sshd/inspect/config-walk.ts";
import type { Permission, Remedy, SessionReport } from "../../sshd/inspect/user-environment.ts";
import { quoted } from "../../verify/verdict.ts";
import type { Row } from "./rows.ts";

/** Returns the rows of `status`, `enable` and `enable --dry-run`; none if the setting is off. */
export function sessionRows(report: SessionReport | undefined): Row[] {
  if (report === undefined) return [];
  if (report.kind === "unread") return [row(unreadWords(report), "yellow")];
  if (report.kind === "unknown")
    return [row(`not known whether sshd sets ${list(report.names)}: it does not report its settings`, "yellow")];
  const { permission } = report;
  const { remedy, hidden } = permission;
  if (remedy !== undefined) return [row(permissionWords(permission), "yellow"), ...nextRows(remedyWords(remedy))];
  return hidden === undefined
    ? [row(permissionWords(permission))]
    : [row(permissionWords(permission), "yellow"), ...nextRows(HIDDEN_REMEDY)];
}

/** Field names are stable; docs/sshd.md documents them. */
export function sessionJson(report: SessionReport | undefined) {
  if (report === undefined) return null;
  if (report.kind === "unread") return { ...NOT_KNOWN, problem: unreadWords(report) };
  if (report.kind === "unknown") return { ...NOT_KNOWN, variables: report.names };
  const { names, value, source, remedy } = report.permission;
  const file = source?.kind === "file" ? { file: source.file, line: source.line } : { file: null, line: null };
  return {
    variables: names,
    permitted: remedy === undefined,
    value,
    source: source === undefined ? null : file,
    problem: remedy === undefined ? null : permissionWords(report.permission),
    next: remedy === undefined ? null : remedyWords(remedy),
  };
}

const NOT_KNOWN = { variables: null, permitted: null, value: null, source: null, problem: null, next: null };

const row = (message: string, colour?: Row["colour"]): Row => ({ word: "session", message, colour });
const nextRows = (message: string): Row[] => [{ word: "next", message }];

const list = (names: readonly string[]): string => names.join(" and ");

const unreadWords = ({ message }: SessionReport & { kind: "unread" }): string =>
  `not known, and PermitUserEnvironment is left as it is: eic-agent's settings cannot be read: ${message}`;

/** Returns whether sshd sets the variables, the value in force, and the line that sets it. */
export function permissionWords({ names, value, source, refused, hidden }: Permission): string {
  const by = source === undefined ? "" : `, by ${describeSource(source)}`;
  const line = `PermitUserEnvironment ${quoted(value)}${by}`;
  if (refused.length > 0) return `sshd does not set ${list(refused)} in sessions: ${line}`;
  const other =
    hidden === undefined
      ? ""
      : `; ${describeSource({ kind: "file", ...hidden })} has ${quoted(hidden.value)}, which is read later and has no effect`;
  return `sshd sets ${list(names)} in sessions: ${line}${other}`;
}

/** If an administrator's line is newer than that of eic-agent: `enable` leaves the decision to that line. */
export const HIDDEN_REMEDY = "have that line in force instead: sudo eic-agent sshd enable";

export function remedyWords(remedy: Remedy): string {
  switch (remedy.kind) {
    case "too-old":
      return "an sshd from OpenSSH 7.8 on can permit these names alone; logins work without it";
    case "enable":
      return "sudo eic-agent sshd enable writes the line";
    case "write":
      return `write it outside of every Match block${remedy.file === undefined ? "" : `, for example into ${remedy.file}`}, and reload sshd: ${remedy.line}`;
    case "change":
      return remedy.isOption
        ? `change that option, and restart sshd: ${remedy.line}`
        : `change that line, and reload sshd: ${remedy.line}`;
    case "negated":
      return "remove the pattern with ! that excludes them from that line, add their names, and reload sshd";
    default:
      return remedy satisfies never;
  }
}
