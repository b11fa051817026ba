/**
 * PerSourcePenalties: after some failed logins sshd drops the connection of a client with a good pushed key, and eic-agent
 * is never asked. A host on the internet drops strangers all day, so only an address with an earlier login causes a warning.
 * Pure.
 */
import type { Effective } from "../../sshd/inspect/effective.ts";
import { OPENSSH } from "../../sshd/inspect/openssh-versions.ts";
import { penaltiesOf } from "../../sshd/login/penalties.ts";
import { describeCheck, type Finding } from "../finding.ts";

/** One line of sshd's log. */
export interface SshdLine {
  /** RFC 3339 if the log has it in that form, else as logged. */
  readonly at: string;
  readonly message: string;
}

export interface PenaltyFacts {
  readonly effective: Effective;
  /** Connections that sshd dropped because of a penalty; undefined if its log cannot be read. */
  readonly drops: readonly SshdLine[] | undefined;
  /** Addresses from which sshd has accepted a login, as far back as its log goes. */
  readonly clients: ReadonlySet<string>;
  readonly now: Date;
}

/** sshd's log line for a connection that was dropped because of a penalty (srclimit.c, sshd.c). */
export const DROPPED = /^drop connection #\d+ from \S+ on \S+ (penalty: |too many penalised addresses)/;

/** Milliseconds: a drop of yesterday no longer affects logins. The longest penalty is 10 minutes by default. */
const RECENT = 3600 * 1000;

export function judgePenalties({ effective, drops, clients, now }: PenaltyFacts): Finding {
  const { ok, warning, notApplicable, needsRoot } = describeCheck("penalties");
  if (effective.kind === "unknown") {
    return effective.why === "needs-root"
      ? needsRoot("querying sshd")
      : notApplicable("sshd does not report what is in force");
  }
  const penalties = penaltiesOf(effective.values);
  if (penalties === undefined)
    return notApplicable(`not in this sshd: OpenSSH has penalties from ${OPENSSH.penalties.from} on`);
  if (penalties === "off") return ok("PerSourcePenalties no");
  const { message } = penalties;
  const facts = { penalties: penalties.value, exempt: penalties.exempt };
  const recent = (drops ?? []).filter((line) => isRecent(line, now)).map(dropOf);
  const last = recent.findLast(({ address }) => clients.has(address));
  if (last !== undefined) {
    const { address, why, at } = last;
    const dropped = recent.filter((drop) => clients.has(drop.address)).length;
    return warning(
      `${dropped} dropped in the last hour from addresses with logins, the last at ${at} from ${address} (${why}); ${message}`,
      `wait until it is over; offer only the pushed key (ssh -o IdentitiesOnly=yes -i KEY); if many users share that address (bastion, NAT): PerSourcePenaltyExemptList ${address}`,
      { ...facts, dropped, at },
    );
  }
  if (drops === undefined)
    return ok(`${message}; sshd's log cannot be read: whether one was dropped is not known`, facts);
  const latest = recent.at(-1);
  if (latest === undefined) return ok(message, facts);
  const { address, at } = latest;
  return ok(
    `${recent.length} dropped in the last hour from addresses without logins, the last at ${at} from ${address}; ${message}`,
    facts,
  );
}

function dropOf({ at, message }: SshdLine): { readonly at: string; readonly address: string; readonly why: string } {
  const [, address = "an address", why = ""] = /from \[([^\]]+)\]\S* on \S+ (.*)$/.exec(message) ?? [];
  return { at, address, why };
}

/** Checks whether a line is recent. syslog's old form has no year: the latest such day is meant. */
function isRecent({ at }: SshdLine, now: Date): boolean {
  const told = /^\d{4}-/.test(at) ? new Date(at) : new Date(`${at} ${now.getFullYear()}`);
  const age = now.getTime() - told.getTime();
  return !Number.isNaN(age) && age < RECENT;
}
