/** The records of a log, by user and key, and which of them a login has used. A part of the join (join.ts). Pure. */
import { between, type LogTime } from "./entry.ts";
import type { OfferRecord } from "./record.ts";

/** Milliseconds: sshd's LoginGraceTime, 120 s by default, ends a connection that has not logged in. */
export const WINDOW_MS = 120_000;
/**
 * Milliseconds. A record may follow the login that it led to: logger(1) writes it in a separate process. And the records of one
 * call are this close together; times in a text file may be whole seconds.
 */
export const SLACK_MS = 2000;
/** A login has two calls: for the offer, and for the signature. */
const CALLS_OF_LOGIN = 2;
/** Unused records that are kept for one key. */
const MAX_UNUSED = 2000;

/** A pushed key that was passed to sshd, once or more often. */
export interface OfferedPush extends OfferRecord, LogTime {
  /** Whether a login followed. */
  used: boolean;
  last: LogTime;
}

interface Call {
  readonly stamp: LogTime;
  readonly push: OfferedPush;
}

interface KeyCalls {
  unused: Call[];
  /** The last call that a login has used. */
  lastUsed: Call | undefined;
}

export interface Taken {
  readonly pushes: readonly OfferedPush[];
  readonly uncertainty: "no-own-record" | "clock-set-back" | undefined;
}

export class Offers {
  readonly pushes: OfferedPush[] = [];
  readonly #bootAt: number;
  /** By user, then by fingerprint. */
  readonly #calls = new Map<string, Map<string, KeyCalls>>();

  constructor(bootAt: number) {
    this.#bootAt = bootAt;
  }

  add(record: OfferRecord, stamp: LogTime): OfferedPush {
    const user = nameInSshd(record.user);
    const keys = this.#calls.get(user) ?? new Map<string, KeyCalls>();
    this.#calls.set(user, keys);
    const calls = keys.get(record.fingerprint) ?? { unused: [], lastUsed: undefined };
    keys.set(record.fingerprint, calls);
    calls.unused = calls.unused.filter(({ stamp: earlier }) => !this.#isOld(earlier, stamp)).slice(-MAX_UNUSED);
    const same = [...calls.unused, calls.lastUsed].find((call) => call !== undefined && isSame(call.push, record));
    const push = same?.push ?? { ...record, ...stamp, used: false, last: stamp };
    if (same === undefined) this.pushes.push(push);
    push.last = stamp;
    calls.unused.push({ stamp, push });
    return push;
  }

  /** Returns the pushes that the last call before a login passed to sshd, and marks them as used; undefined if there is none. */
  take(user: string, fingerprint: string, login: LogTime): Taken | undefined {
    const calls = this.#calls.get(nameInSshd(user))?.get(fingerprint);
    if (calls === undefined) return undefined;
    const inTime = calls.unused.filter(({ stamp }) => {
      const ms = between(stamp, login, this.#bootAt);
      return ms !== undefined && ms >= -SLACK_MS && ms <= WINDOW_MS;
    });
    if (inTime.length > 0) return { pushes: this.#use(calls, inTime), uncertainty: undefined };
    // The record is in front of the login in the log, and its time is later.
    const ahead = calls.unused.filter(({ stamp }) => (between(stamp, login, this.#bootAt) ?? 0) < -SLACK_MS);
    if (ahead.length > 0) return { pushes: this.#use(calls, ahead), uncertainty: "clock-set-back" };
    const used = calls.lastUsed;
    if (used === undefined || this.#isOld(used.stamp, login) || hasExpired(used.push, login)) return undefined;
    return { pushes: [used.push], uncertainty: "no-own-record" };
  }

  /** Returns and marks the pushes of any key that was passed to sshd for this user in time, and that no login has used. */
  takeAny(user: string, login: LogTime): readonly OfferedPush[] {
    for (const calls of this.#calls.get(nameInSshd(user))?.values() ?? []) {
      const inTime = calls.unused.filter(({ stamp, push }) => !push.used && !this.#isOld(stamp, login));
      if (inTime.length > 0) return this.#use(calls, inTime);
    }
    return [];
  }

  /** Marks a record as used by a login that the log has in front of it. */
  useLate(push: OfferedPush): void {
    push.used = true;
    const calls = this.#calls.get(nameInSshd(push.user))?.get(push.fingerprint);
    if (calls !== undefined) calls.lastUsed = calls.unused.pop();
  }

  /** Uses the last calls of each push in the last answer; the calls in front of them may be those of a login at the same time. */
  #use(calls: KeyCalls, among: readonly Call[]): OfferedPush[] {
    const last = among.at(-1);
    if (last === undefined) return [];
    const answer = among.filter(({ stamp }) => Math.abs(between(stamp, last.stamp, this.#bootAt) ?? 0) <= SLACK_MS / 2);
    const pushes = [...new Set(answer.map(({ push }) => push))];
    const used = new Set(pushes.flatMap((push) => among.filter((call) => call.push === push).slice(-CALLS_OF_LOGIN)));
    for (const push of pushes) push.used = true;
    calls.unused = calls.unused.filter((call) => !used.has(call));
    calls.lastUsed = last;
    return pushes;
  }

  #isOld(earlier: LogTime, later: LogTime): boolean {
    const ms = between(earlier, later, this.#bootAt);
    return ms === undefined || ms > WINDOW_MS;
  }
}

/** The id of the API call names the push; without one, two records with the same end are of the same push. */
const isSame = (push: OfferRecord, record: OfferRecord): boolean =>
  push.requestId === record.requestId &&
  push.caller === record.caller &&
  (push.requestId !== undefined || push.expires === record.expires);

/** Checks whether a push had expired before a login; sshd asks once more after the signature. */
const hasExpired = ({ expires }: OfferRecord, { at }: LogTime): boolean =>
  expires !== undefined && at > expires + SLACK_MS;

/** sshd writes at most 100 bytes of a name. */
function nameInSshd(user: string): string {
  return user.length <= 25 ? user : Buffer.from(user).subarray(0, 100).toString("latin1");
}
