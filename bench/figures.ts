/** What a run of the bench found: everything that is judged, shown as a table, and drawn. */

export interface Call {
  /** Which program, and what it was asked. */
  readonly program: string;
  readonly asked: string;
  /** Milliseconds, one a call: from before the process is started until it has ended. */
  readonly wall: readonly number[];
  /** Milliseconds of processor time, one a call; for the relay with what the service took for it. */
  readonly processor: readonly number[];
  /** The service's part of these. */
  readonly ofService?: readonly number[];
  /** MiB that one call held at most; without the service. */
  readonly memory: number;
}

export interface Crowd {
  readonly program: string;
  /** How many calls were started at once. */
  readonly size: number;
  /** Milliseconds from the first start until the last had ended, one a round. */
  readonly all: readonly number[];
  /** Milliseconds of each single call, of all rounds together. */
  readonly each: readonly number[];
  /** Calls of all rounds with the right answer; and for the relay those that a one-shot program answered. */
  readonly right: number;
  readonly oneShots?: number;
  /** Milliseconds of processor time of everything together, one a round. */
  readonly processor: readonly number[];
  /** MiB that all held together at most, the service included; undefined where that was not tried. */
  readonly memory?: { readonly pss: number; readonly rss: number };
}

export interface Flood {
  /** Accounts for which strangers ask, and how many calls a second came of them. */
  readonly accounts: number;
  readonly rate: number;
  /** Of the strangers' calls: answered, told to come again, closed without an answer. */
  readonly answered: number;
  readonly busy: number;
  readonly unheard: number;
  /** Milliseconds of the two calls of a login of somebody else's, one a login. */
  readonly first: readonly number[];
  readonly second: readonly number[];
  /** Of these calls: with the right answer, and of them those that a one-shot program answered. */
  readonly right: number;
  readonly oneShots: number;
}

/** An ordinary login with five offered keys, through relay and service. */
export interface Hanging {
  /** Milliseconds of all calls of a login, one a round: while the metadata service is well, and while it hangs. */
  readonly well: readonly number[];
  readonly hung: readonly number[];
  /** Of the calls before the service gave up waiting, one each. */
  readonly first: readonly number[];
  /** Whether the first pushed key was had after it had ceased to hang. */
  readonly isBackAtOnce: boolean;
}

/** A login with a pushed key through relay and service, beside five calls for another user. Milliseconds, one a round. */
export interface Beside {
  readonly alone: readonly number[];
  /** Beside a user without keys, and beside one with forty keys that have long comments. */
  readonly besideNone: readonly number[];
  readonly besideForty: readonly number[];
}

export interface Figures {
  /** What ran where, a line each. */
  readonly about: readonly string[];
  readonly calls: readonly Call[];
  readonly crowds: readonly Crowd[];
  readonly floods: readonly Flood[];
  readonly hanging?: Hanging;
  readonly beside?: Beside;
  /** MiB: what the service held at most during the single calls, shared pages included. */
  readonly service?: number;
  /** Milliseconds until the service was ready, one a start. */
  readonly ready?: readonly number[];
}

export const RELAY = "relay + service";
export const EXECUTABLE = "executable";
export const BUNDLE = "bundle";
export const CURL = "curl";
export const EMPTY = "empty script";
