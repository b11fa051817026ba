/**
 * Joins the records of this program (who pushed a key) with the lines of sshd (who logged in with it), in the order of the log.
 * By fingerprint, user and time; docs/logins.md has the rules, and what is not certain. Pure.
 */
import { between, type Entry, type LogTime } from "./entry.ts";
import { type Login, type State, type Uncertainty, uncertaintiesOf } from "./login.ts";
import { type OfferedPush, Offers, SLACK_MS, WINDOW_MS } from "./offers.ts";
import { parseRecord } from "./record.ts";
import { keep, type OpenLogin, processOf, Sessions } from "./sessions.ts";
import { type AcceptedMethod, type LoginKey, parseSshdLine, type SshdEvent } from "./sshd-line.ts";

/** What is known about the present, from outside of the log. */
export interface Present {
  readonly now: LogTime;
  /** Whether a process lives that was there at `start`; undefined: not known. */
  isAlive(pid: number, start: LogTime): boolean | undefined;
  /** The number of logind's session of a monitor. */
  sessionOf(pid: number): string | undefined;
}

interface Options {
  /** Whether logins by other means are kept, too. */
  readonly others: boolean;
  /** The start of the current boot, milliseconds since the epoch. */
  readonly bootAt: number;
}

interface Found extends OpenLogin {
  readonly method: string;
  readonly key: LoginKey | undefined;
  by: Login["by"];
  pushes: OfferedPush[];
  uncertainty: Uncertainty | undefined;
}

export class LoginJoin {
  readonly #others: boolean;
  readonly #bootAt: number;
  readonly #offers: Offers;
  readonly #sessions = new Sessions<Found>();
  readonly #found: Found[] = [];
  /** Logins without a record, which may still follow. */
  #unmatched: Found[] = [];
  /** By process: the key of a first method, and the file or command that had a key. */
  readonly #partial = new Map<string, { readonly key: LoginKey | undefined; readonly stamp: LogTime }>();
  readonly #source = new Map<string, { readonly fingerprint: string; readonly source: string }>();

  constructor({ others, bootAt }: Options) {
    this.#others = others;
    this.#bootAt = bootAt;
    this.#offers = new Offers(bootAt);
  }

  /** Adds an entry. Entries come in the order of the log. */
  add(entry: Entry): void {
    if (entry.writer === "sshd") {
      const event = parseSshdLine(entry.message);
      if (event !== undefined) this.#addEvent(entry, event);
      return;
    }
    const record = parseRecord(entry.message);
    if (record === undefined) return;
    const push = this.#offers.add(record, logTimeOf(entry));
    this.#forgetOld(entry);
    const login = this.#unmatched.find(({ user, key }) => user === push.user && key?.fingerprint === push.fingerprint);
    if (login === undefined) return;
    if (login.pushes.length === 0 && !this.#others) this.#found.push(login);
    this.#offers.useLate(push);
    Object.assign(login, { by: "ec2-instance-connect", pushes: [...new Set([...login.pushes, push])] });
  }

  #addEvent(entry: Entry, event: SshdEvent): void {
    const process = processOf(entry);
    if (event.kind === "closed") this.#sessions.closed(entry, event.user);
    else if (event.kind === "disconnected") this.#sessions.disconnected(entry, event);
    else if (event.kind === "accepted") this.#accept(entry, event);
    else if (process === undefined) return;
    else if (event.kind === "partial") keep(this.#partial, process, { key: event.key, stamp: logTimeOf(entry) });
    else keep(this.#source, process, event);
  }

  #accept(entry: Entry, event: AcceptedMethod): void {
    const process = processOf(entry) ?? "";
    const partial = event.method === "publickey" ? undefined : this.#partial.get(process);
    const key = event.key ?? partial?.key;
    const stamp = logTimeOf(entry);
    const { user, address, port, method } = event;
    const origin = this.#originOf(user, key, partial?.stamp ?? stamp, process);
    const login: Found = { user, address, port, method, key, pid: entry.pid, start: stamp, ...origin };
    this.#partial.delete(process);
    this.#source.delete(process);
    const isListed = this.#others || login.by !== "other";
    const mayHaveRecord = login.by === "other" && key?.certificate === false;
    this.#forgetOld(entry);
    this.#sessions.replace(login);
    if (isListed || mayHaveRecord) this.#sessions.open(login);
    if (isListed) this.#found.push(login);
    if (mayHaveRecord) this.#unmatched.push(login);
  }

  /** Forgets the logins whose records can no longer follow. The host may have very many by ordinary keys. */
  #forgetOld(entry: Entry): void {
    const recent: Found[] = [];
    for (const login of this.#unmatched) {
      if (this.#isRecent(login, entry)) recent.push(login);
      else if (!this.#others && login.by === "other") this.#sessions.forget(login);
    }
    this.#unmatched = recent;
  }

  #originOf(
    user: string,
    key: LoginKey | undefined,
    stamp: LogTime,
    process: string,
  ): Pick<Found, "by" | "pushes" | "uncertainty"> {
    const other = { by: "other", pushes: [], uncertainty: undefined } as const;
    const by = "ec2-instance-connect";
    if (key === undefined) {
      const pushes = this.#offers.takeAny(user, stamp);
      return pushes.length === 0 ? { ...other, pushes: [] } : { by, pushes: [...pushes], uncertainty: "other-method" };
    }
    // This program prints no certificates.
    if (key.certificate || key.fingerprint === undefined) return { ...other, pushes: [] };
    // sshd has just asked for this key again, after the signature. The line has SHA256, also with `FingerprintHash md5`.
    const found = this.#source.get(process);
    const isOfKey = found?.fingerprint === key.fingerprint || key.fingerprint.startsWith("MD5:");
    const from = isOfKey ? found?.source : undefined;
    if (from !== undefined && KEY_FILE.test(from)) return { ...other, pushes: [] };
    const taken = this.#offers.take(user, key.fingerprint, stamp);
    if (taken !== undefined) {
      const isOwn = isOurs(from) && taken.uncertainty === "no-own-record";
      return { by, pushes: [...taken.pushes], uncertainty: isOwn ? "record-missing" : taken.uncertainty };
    }
    return isOurs(from) ? { by, pushes: [], uncertainty: "record-missing" } : { ...other, pushes: [] };
  }

  #isRecent(login: Found, entry: Entry): boolean {
    const ms = between(login.start, entry, this.#bootAt);
    return ms !== undefined && Math.abs(ms) <= SLACK_MS;
  }

  /** Returns the logins, and the pushed keys with which no login followed; newest last. */
  finish(present: Present): Login[] {
    const logins = this.#found.map((login) => finished(login, this.#stateOf(login, present), present));
    const unused = this.#offers.pushes.filter(({ used }) => !used).map((push) => this.#unusedPush(push, present));
    return [...logins, ...unused].toSorted((a, b) => a.at - b.at);
  }

  #stateOf({ start, end, pid }: Found, { now, isAlive }: Present): State {
    if (end !== undefined) {
      const { stamp } = end;
      return { kind: "ended", at: stamp?.at, seconds: stamp && secondsOf(between(start, stamp, this.#bootAt)) };
    }
    const ms = between(start, now, this.#bootAt);
    if (ms === undefined) return { kind: "ended-by-restart" };
    const alive = pid === undefined ? undefined : isAlive(pid, start);
    if (alive === undefined) return { kind: "not-known" };
    return alive
      ? { kind: "in-session", seconds: secondsOf(ms) }
      : { kind: "ended", at: undefined, seconds: undefined };
  }

  #unusedPush(push: OfferedPush, { now }: Present): Login {
    const ms = between(push.last, now, this.#bootAt);
    return {
      at: push.at,
      user: push.user,
      from: undefined,
      method: undefined,
      key: { fingerprint: push.fingerprint },
      by: "ec2-instance-connect",
      pushes: [push],
      uncertainties: [],
      state: { kind: "no-login", pending: ms !== undefined && ms <= WINDOW_MS },
      pid: undefined,
      session: undefined,
    };
  }
}

/** The files of `AuthorizedKeysFile` under their usual names. */
const KEY_FILE = /^\S*\/authorized_keys2?$/;

/** Checks for this program without a chained command, from which the key may be instead: docs/chaining.md. */
const isOurs = (source: string | undefined): boolean =>
  source !== undefined &&
  /^\S*\/(?:eic-agent\/authorized-keys|eic-agent)(?: |$)/.test(source) &&
  !source.includes(" -- ");

const logTimeOf = ({ at, uptime, boot }: LogTime): LogTime => ({ at, uptime, boot });

/** Returns whole seconds; undefined if the clock was set back. */
const secondsOf = (ms: number | undefined): number | undefined =>
  ms === undefined || ms < 0 ? undefined : Math.floor(ms / 1000);

function finished(login: Found, state: State, { sessionOf }: Present): Login {
  const { start, user, address, port, method, key, by, pushes, uncertainty, pid } = login;
  const session = state.kind === "in-session" && pid !== undefined ? sessionOf(pid) : undefined;
  const uncertainties = [...(uncertainty === undefined ? [] : [uncertainty]), ...uncertaintiesOf(pushes)];
  return { at: start.at, user, from: { address, port }, method, key, by, pushes, uncertainties, state, pid, session };
}
