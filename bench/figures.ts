/** Results of a run of the bench: all figures that are judged, shown as tables, and drawn. */

export interface Call {
  /** The program, and the question that it was asked. */
  readonly program: string;
  readonly asked: string;
  /** Milliseconds from before the process is started until it has ended, one value for each call. */
  readonly wall: readonly number[];
  /** Milliseconds of processor time, one value for each call. For the relay they include the service's share. */
  readonly processor: readonly number[];
  /** The service's share of these. */
  readonly ofService?: readonly number[];
  /** Peak MiB of one call, without the service. */
  readonly memory: number;
}

export interface Crowd {
  readonly program: string;
  /** Number of calls started at once. */
  readonly size: number;
  /** Milliseconds from the first start until the last call has ended, one value for each round. */
  readonly all: readonly number[];
  /** Milliseconds of each single call, of all rounds together. */
  readonly each: readonly number[];
  /** Number of calls of all rounds with the right answer, and for the relay, of those that a one-shot program answered. */
  readonly right: number;
  readonly oneShots?: number;
  /** Milliseconds of processor time of all processes together, one value for each round. */
  readonly processor: readonly number[];
  /** Peak MiB of all processes together, including the service; undefined if it was not measured. */
  readonly memory?: { readonly pss: number; readonly rss: number };
}

export interface Flood {
  /** Number of accounts that the flood asks for, and its calls per second. */
  readonly accounts: number;
  readonly rate: number;
  /** Number of calls of the flood that were answered, answered as busy, and closed without an answer. */
  readonly answered: number;
  readonly busy: number;
  readonly unanswered: number;
  /** Milliseconds of the two calls of another user's login, one value for each login. */
  readonly first: readonly number[];
  readonly second: readonly number[];
  /** Number of these calls with the right answer, and of those that a one-shot program answered. */
  readonly right: number;
  readonly oneShots: number;
}

/** An ordinary login with five offered keys, through relay and service. */
export interface Hanging {
  /** Milliseconds of all calls of a login, for each round: while the metadata service works, and while it hangs. */
  readonly well: readonly number[];
  readonly hung: readonly number[];
  /** Milliseconds of each call before the service stopped waiting. */
  readonly first: readonly number[];
  /** Whether the first call for a pushed key succeeded after the metadata service had stopped hanging. */
  readonly isBackAtOnce: boolean;
}

/** A login with a pushed key through relay and service, during five calls for another user. Milliseconds for each round. */
export interface Beside {
  readonly alone: readonly number[];
  /** During calls for a user without keys, and for a user with forty keys that have long comments. */
  readonly besideNone: readonly number[];
  readonly besideForty: readonly number[];
}

export interface Figures {
  /** Description of the machine and the run, in lines. */
  readonly about: readonly string[];
  readonly calls: readonly Call[];
  readonly crowds: readonly Crowd[];
  readonly floods: readonly Flood[];
  readonly hanging?: Hanging;
  readonly beside?: Beside;
  /** Peak MiB of the service during the single calls, including shared pages. */
  readonly service?: number;
  /** Milliseconds until the service was ready, one value for each start. */
  readonly ready?: readonly number[];
}

export const RELAY = "relay + service";
export const EXECUTABLE = "executable";
export const BUNDLE = "bundle";
export const CURL = "curl";
export const EMPTY = "empty script";
