/** The log that audit records go to, and what stands there of the last call. Pure. */
import type { AuditSettings } from "../../audit/audit.ts";
import { quoted } from "../../core/verdict.ts";
import { about, type Finding } from "./finding.ts";

export interface LogFacts {
  /** Undefined while the settings cannot be read. */
  readonly audit: AuditSettings | undefined;
  /** Whether the warm service answers, whose records go by its unit to the journal: docs/service.md. */
  readonly warm: boolean;
  /** Whether logger(1) is where it is looked for. */
  readonly logger: boolean;
  /** What is at each socket: whether it is one, and everybody may write to it. */
  readonly sockets: Readonly<
    Record<"/dev/log" | "/run/systemd/journal/stdout", "missing" | "no-socket" | "closed" | "open">
  >;
}

export function judgeLog({ audit, warm, logger, sockets }: LogFacts): Finding {
  const { ok, warning, failed, notApplicable } = about("log");
  if (audit === undefined) return notApplicable("where to is not known while the settings cannot be read");
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
    const cost = audit.required ? "get no key, by [audit] required" : "leave no record";
    return warning(`${flaw}: calls that the warm service does not answer ${cost}`, HINT, facts);
  }
  return audit.required
    ? failed(`${flaw}, and by [audit] required no key is handed over without a record`, HINT, facts)
    : warning(`${flaw}: keys are handed over, and no record is left`, HINT, facts);
}

const HINT = "start the log's service, install util-linux, or set another [audit] target";
const STATES = { missing: "is missing", "no-socket": "is no socket", closed: "may not be written to by everybody" };

/** One line of a log. */
export interface Entry {
  /** RFC 3339 where the log has it so, else as it stands there. */
  readonly at: string;
  readonly message: string;
}

export type LastCallFacts =
  | {
      readonly kind: "read";
      readonly from: string;
      /** Our own last record. */
      readonly ours: Entry | undefined;
      /** sshd's last complaint about its AuthorizedKeysCommand. */
      readonly sshds: Entry | undefined;
    }
  | { readonly kind: "closed"; readonly from: string }
  | { readonly kind: "none" };

export function judgeLastCall(facts: LastCallFacts): Finding {
  const { ok, warning, notApplicable, needsRoot } = about("last-call");
  if (facts.kind === "none") return notApplicable("cannot be had: there is no journal and no file of the log here");
  if (facts.kind === "closed") return needsRoot(`reading ${facts.from}`);
  const { ours, sshds, from } = facts;
  if (sshds !== undefined && !(ours !== undefined && ours.at > sshds.at)) {
    return warning(
      `${sshds.at}: sshd said ${quoted(sshds.message)}`,
      "the checks of the command above say what is wrong, or: eic-agent explain USER",
      {
        at: sshds.at,
        from,
      },
    );
  }
  if (ours === undefined) return notApplicable(`no record in ${from}; a login without a pushed key leaves none`);
  const says = `${ours.at}: ${quoted(ours.message)}`;
  return eventOf(ours.message) === "key-offered-to-sshd"
    ? ok(says, { at: ours.at, from })
    : warning(says, "see it again now: eic-agent explain USER", { at: ours.at, from });
}

/** Of a record in either format; see docs/audit.md. */
function eventOf(record: string): unknown {
  if (!record.startsWith("{")) return record.split(" ", 1)[0];
  try {
    return (JSON.parse(record) as { event?: unknown }).event;
  } catch {
    return undefined;
  }
}
