/**
 * PerSourcePenalties of OpenSSH 9.8 and later: an address from which logins failed is kept out for a while, before any key is
 * asked for. So a good pushed key meets a closed connection after some bad ones, and eic-agent is never asked. Pure.
 */
import type { Effective } from "../../sshd/effective.ts";
import { about, type Finding } from "./finding.ts";

/** One line of sshd's log. */
export interface SshdLine {
  /** RFC 3339 where the log has it so, else as it stands there. */
  readonly at: string;
  readonly message: string;
}

export interface PenaltyFacts {
  readonly effective: Effective;
  /** Connections that sshd dropped for a penalty; undefined where its log cannot be read. */
  readonly drops: readonly SshdLine[] | undefined;
  readonly now: Date;
}

/** How sshd logs a connection that it drops for a penalty, and the moment when one begins to count (srclimit.c, sshd.c). */
export const DROPPED = /^drop connection #\d+ from \S+ on \S+ (penalty: |too many penalised addresses)/;

/** Milliseconds: a drop of yesterday is nobody's trouble now. The longest penalty is 10 minutes by default. */
const RECENT = 3600 * 1000;

export function judgePenalties({ effective, drops, now }: PenaltyFacts): Finding {
  const { ok, warning, notApplicable, needsRoot } = about("penalties");
  if (effective.kind === "unknown") {
    return effective.why === "needs-root"
      ? needsRoot("asking sshd")
      : notApplicable("sshd does not say what is in force");
  }
  const value = effective.values.get("persourcepenalties")?.[0];
  if (value === undefined) return notApplicable("this sshd has none: OpenSSH has them from 9.8 on");
  const exempt = effective.values.get("persourcepenaltyexemptlist")?.[0] ?? "none";
  if (value === "no") return ok("PerSourcePenalties no");
  const says = `${inWords(value)}; exempt: ${exempt}`;
  const facts = { penalties: value, exempt };
  const recent = (drops ?? []).filter((line) => isRecent(line, now));
  const last = recent.at(-1);
  if (last !== undefined) {
    const [, address = "an address", why = ""] = /from \[([^\]]+)\]\S* on \S+ (.*)$/.exec(last.message) ?? [];
    return warning(
      `${recent.length} dropped in the last hour, the last at ${last.at} from ${address} (${why}); ${says}`,
      `wait until it is over; offer only the pushed key (ssh -o IdentitiesOnly=yes -i KEY); where many share that address, a bastion, NAT: PerSourcePenaltyExemptList ${address}`,
      { ...facts, dropped: recent.length, at: last.at },
    );
  }
  return ok(
    drops === undefined ? `${says}; sshd's log cannot be read: whether one was dropped is not known` : says,
    facts,
  );
}

/** `authfail:5 … max:600 min:15`, in seconds. */
function inWords(value: string): string {
  const parts = new Map(
    value.split(/\s+/).map((part) => [part.slice(0, part.indexOf(":")), part.slice(part.indexOf(":") + 1)]),
  );
  const seconds = (name: string) => Number(parts.get(name));
  const [fail, least, most] = [seconds("authfail"), seconds("min"), seconds("max")];
  if (!(fail > 0) || Number.isNaN(least) || Number.isNaN(most)) return `PerSourcePenalties ${value}`;
  // One that is not over `min` seconds is only remembered.
  const logins = Math.floor(least / fail) + 1;
  return `after ${logins === 1 ? "1 failed login" : `${logins} failed logins in a row`} an address is kept out, ${fail} s for each, ${most} s at most`;
}

/** syslog's old form has no year: the last such day that there was. */
function isRecent({ at }: SshdLine, now: Date): boolean {
  const told = /^\d{4}-/.test(at) ? new Date(at) : new Date(`${at} ${now.getFullYear()}`);
  const age = now.getTime() - told.getTime();
  return !Number.isNaN(age) && age < RECENT;
}
