/** The logins of a log that have not ended, by process and by connection. A part of the join (join.ts). Pure. */
import type { Entry, LogTime } from "./entry.ts";
import type { Peer } from "./sshd-line.ts";

/** A login whose end may still follow. */
export interface OpenLogin extends Peer {
  readonly start: LogTime;
  readonly pid: number | undefined;
  /** Set once it has ended; `stamp` is undefined if the log does not have the end. */
  end?: { readonly stamp: LogTime | undefined };
}

/** Maximum logins without an end: more than a host can have at once. The oldest are forgotten: their end is not found. */
const MAX_OPEN = 10_000;

export class Sessions<T extends OpenLogin> {
  readonly #byProcess = new Map<string, T>();
  readonly #byPeer = new Map<string, T>();

  /** Ends an earlier login with the process id of this one: a process accepts one login in its life. */
  replace(login: T): void {
    const process = processOf({ pid: login.pid, boot: login.start.boot });
    const earlier = process === undefined ? undefined : this.#byProcess.get(process);
    if (earlier !== undefined) this.#end(earlier, undefined);
  }

  /** Adds a login whose end is to be found. */
  open(login: T): void {
    const process = processOf({ pid: login.pid, boot: login.start.boot });
    if (process !== undefined) keep(this.#byProcess, process, login);
    keep(this.#byPeer, peerOf(login), login);
  }

  /** Ends the login whose monitor closed PAM's session for its user. */
  closed(entry: Entry, user: string): void {
    const process = processOf(entry);
    const login = process === undefined ? undefined : this.#byProcess.get(process);
    if (login?.user === user) this.#end(login, entry);
  }

  /** Ends the login over a connection. */
  disconnected(entry: Entry, peer: Peer): void {
    const login = this.#byPeer.get(peerOf(peer));
    if (login !== undefined && login.start.boot === entry.boot) this.#end(login, entry);
  }

  /** Removes a login whose end does not matter. */
  forget(login: T): void {
    const process = processOf({ pid: login.pid, boot: login.start.boot });
    if (process !== undefined && this.#byProcess.get(process) === login) this.#byProcess.delete(process);
    if (this.#byPeer.get(peerOf(login)) === login) this.#byPeer.delete(peerOf(login));
  }

  #end(login: T, stamp: LogTime | undefined): void {
    login.end ??= { stamp };
    this.forget(login);
  }
}

/** Returns the key of a process; undefined if the log does not name it. */
export const processOf = ({ pid, boot }: Pick<Entry, "pid" | "boot">): string | undefined =>
  pid === undefined ? undefined : `${boot ?? ""} ${pid}`;

const peerOf = ({ user, address, port }: Peer): string => `${address} ${port} ${user}`;

/** Sets a value. If there are too many, the older half is forgotten at once: a map is slow to find its first entry. */
export function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= 2 * MAX_OPEN) return;
  let more = MAX_OPEN;
  for (const oldest of map.keys()) {
    if (more === 0) return;
    map.delete(oldest);
    more -= 1;
  }
}
