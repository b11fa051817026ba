/** The simulator's clock: this machine's time, moved by hand. Documents, tokens, staples and Date headers all use it. */
export interface Clock {
  now(): Date;
  /** Moves the time by `seconds`; a negative number moves it back. */
  advance(seconds: number): void;
  /** Moves the time to `at`; a running clock runs on from there. */
  set(at: Date): void;
  /** Takes every move back. */
  reset(): void;
}

/** Returns a clock that runs with the machine's, shifted by `offset` seconds. */
export function runningClock(offset = 0): Clock {
  const start = milliseconds(offset);
  let moved = start;
  return {
    now: () => new Date(Date.now() + moved),
    advance: (seconds) => {
      moved += milliseconds(seconds);
    },
    set: (at) => {
      moved = valid(at) - Date.now();
    },
    reset: () => {
      moved = start;
    },
  };
}

/** Returns a clock that only `advance` moves: for tests whose times must be exact to the second. */
export function standingClock(start: Date): Clock {
  let at = valid(start);
  return {
    now: () => new Date(at),
    advance: (seconds) => {
      at += milliseconds(seconds);
    },
    set: (to) => {
      at = valid(to);
    },
    reset: () => {
      at = start.getTime();
    },
  };
}

/** Returns a clock that runs with the machine's, and shows `at` now. */
export const clockFrom = (at: Date): Clock => runningClock((valid(at) - Date.now()) / 1000);

/**
 * Parses a time as RFC 3339 has it: `2026-11-22T02:00:00Z`, with or without fractions, in any zone.
 * @throws Error
 */
export function parseTime(text: string): Date {
  const at = new Date(RFC_3339.test(text) ? text : Number.NaN);
  if (Number.isNaN(at.getTime())) throw new Error(`not a time as 2026-11-22T02:00:00Z: ${text}`);
  return at;
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function valid(at: Date): number {
  if (Number.isNaN(at.getTime())) throw new RangeError("not a time");
  return at.getTime();
}

/** Returns `date` plus `plusSeconds`, in whole seconds: certificates and staples have no fractions (RFC 5280 §4.1.2.5). */
export const wholeSecond = (date: Date, plusSeconds = 0): Date =>
  new Date((Math.floor(date.getTime() / 1000) + plusSeconds) * 1000);

function milliseconds(seconds: number): number {
  if (!Number.isFinite(seconds)) throw new RangeError(`not a number of seconds: ${seconds}`);
  return Math.round(seconds * 1000);
}
