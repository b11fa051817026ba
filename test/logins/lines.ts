/** Entries of a log for the tests of the join: records of this program and lines of sshd, at seconds from a fixed time. */
import { expect } from "vitest";
import type { Entry, LogTime } from "../../src/logins/entry.ts";
import { LoginJoin, type Present } from "../../src/logins/join.ts";
import type { Login } from "../../src/logins/login.ts";

export const ZERO = Date.parse("2026-11-22T03:15:00.000Z");
export const FINGERPRINT = `SHA256:${"A".repeat(43)}`;
export const OTHER_KEY = `SHA256:${"B".repeat(43)}`;
export const BOB = "arn:aws:sts::111122223333:assumed-role/Admin/bob";
export const EVE = "arn:aws:sts::111122223333:assumed-role/Admin/eve";

/** Seconds by the clock; `uptime` and `boot` as the journal has them, otherwise a text file. */
export interface When {
  readonly s: number;
  readonly uptime?: number;
  readonly boot?: string;
}

const stamp = ({ s, uptime, boot }: When): LogTime => ({
  at: ZERO + s * 1000,
  ...(boot === undefined ? {} : { boot, uptime: (uptime ?? s) * 1000 }),
});
const when = (at: number | When): When => (typeof at === "number" ? { s: at } : at);

interface Offer {
  readonly user?: string;
  readonly caller?: string;
  readonly request?: string;
  /** Seconds at which the key expires. */
  readonly expires?: number;
  readonly fingerprint?: string;
}

export function offer(at: number | When, more: Offer = {}): Entry {
  const { user = "alice", caller = BOB, request = "request-1", expires = 60, fingerprint = FINGERPRINT } = more;
  const end = new Date(ZERO + expires * 1000).toISOString();
  const message = `key-offered-to-sshd user=${user} fingerprint=${fingerprint} caller=${caller} request_id=${request} expires=${end} seconds_left=1`;
  return { ...stamp(when(at)), writer: "eic-agent", pid: undefined, message };
}

/** A line of sshd. */
export const line = (at: number | When, pid: number, message: string): Entry => ({
  ...stamp(when(at)),
  writer: "sshd",
  pid,
  message,
});

export const accepted = (at: number | When, pid = 100, more: { user?: string; fingerprint?: string } = {}): Entry =>
  line(
    at,
    pid,
    `Accepted publickey for ${more.user ?? "alice"} from 203.0.113.7 port ${5000 + pid} ssh2: ED25519 ${more.fingerprint ?? FINGERPRINT}`,
  );

export const closed = (at: number | When, pid = 100): Entry =>
  line(at, pid, "pam_unix(sshd:session): session closed for user alice");

/** Joins entries; the present is an hour later unless it is given. */
export function joined(
  entries: readonly Entry[],
  { others = true, bootAt = 0, present = {} }: { others?: boolean; bootAt?: number; present?: Partial<Present> } = {},
): Login[] {
  const join = new LoginJoin({ others, bootAt });
  for (const entry of entries) join.add(entry);
  return join.finish({ now: stamp({ s: 3600 }), isAlive: () => undefined, sessionOf: () => undefined, ...present });
}

/** Returns a login in short: who, what is not certain, the state. */
export function brief({ by, pushes, uncertainties, state }: Login): string {
  const callers = pushes.map(({ caller, requestId }) => `${caller?.split("/").at(-1)} ${requestId}`).join(", ");
  const ended = state.kind === "ended" ? ` ${state.seconds ?? "?"} s` : "";
  const kind = state.kind === "no-login" && state.pending ? "pending" : state.kind;
  return [by === "other" ? "other" : callers || "unknown", ...uncertainties, `${kind}${ended}`].join("; ");
}

export const inBoot = (boot: string, s: number, uptime = s): When => ({ s, uptime, boot });

export interface Case {
  readonly title: string;
  readonly entries: readonly Entry[];
  /** The logins in short. */
  readonly are: readonly string[];
}

export const check = ({ entries, are }: Case): void => expect(joined(entries).map(brief)).toEqual(are);
