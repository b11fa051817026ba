/** The log for audit records. Pure. */
import type { AuditSettings } from "../../audit/audit.ts";
import { describeCheck, type Finding } from "../finding.ts";

export interface LogFacts {
  /** Undefined if the settings cannot be read. */
  readonly audit: AuditSettings | undefined;
  /** Whether the warm service answers. Its unit sends its records to the journal: docs/service.md. */
  readonly warm: boolean;
  /** Whether logger(1) is at the expected path. */
  readonly logger: boolean;
  /** The file at each path: whether it is a socket, and whether all users may write to it. */
  readonly sockets: Readonly<
    Record<"/dev/log" | "/run/systemd/journal/stdout", "missing" | "no-socket" | "closed" | "open">
  >;
}

export function judgeLog({ audit, warm, logger, sockets }: LogFacts): Finding {
  const { ok, warning, failed, notApplicable } = describeCheck("log");
  if (audit === undefined) return notApplicable("unknown while the settings cannot be read");
  if (audit.target === "none") return ok('[audit] target = "none": nothing is recorded');
  const socket = audit.target === "syslog" ? "/dev/log" : "/run/systemd/journal/stdout";
  const state = sockets[socket];
  const flaw =
    audit.target === "syslog" && !logger
      ? "/usr/bin/logger is missing"
      : state === "open"
        ? undefined
        : `${socket} ${STATES[state]}`;
  const facts = { target: audit.target };
  if (flaw === undefined) return ok(`${socket}, as ${audit.format}`, facts);
  if (warm) {
    const cost = audit.required ? "get no key, because of [audit] required" : "leave no record";
    return warning(`${flaw}: calls that the warm service does not answer ${cost}`, HINT, facts);
  }
  return audit.required
    ? failed(`${flaw}, and [audit] required allows no key without a record`, HINT, facts)
    : warning(`${flaw}: keys are passed to sshd without a record`, HINT, facts);
}

const HINT = "start the log's service, install util-linux, or set another [audit] target";
const STATES = { missing: "is missing", "no-socket": "is not a socket", closed: "is not writable by all users" };
