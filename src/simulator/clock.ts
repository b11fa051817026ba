/** The simulator's clock: this machine's time, moved by hand. Documents, tokens, staples and Date headers all use it. */
export interface Clock {
  now(): Date;
  /** Moves the time by `seconds`; a negative number moves it back. */
  advance(seconds: number): void;
}

/** Returns a clock that runs with the machine's, shifted by `offset` seconds. */
export function runningClock(offset = 0): Clock {
  let moved = milliseconds(offset);
  return {
    now: () => new Date(Date.now() + moved),
    advance: (seconds) => {
      moved += milliseconds(seconds);
    },
  };
}

/** Returns a clock that only `advance` moves: for tests whose times must be exact to the second. */
export function standingClock(start: Date): Clock {
  let at = start.getTime();
  return {
    now: () => new Date(at),
    advance: (seconds) => {
      at += milliseconds(seconds);
    },
  };
}

/** Returns `date` plus `plusSeconds`, in whole seconds: certificates and staples have no fractions (RFC 5280 §4.1.2.5). */
export const wholeSecond = (date: Date, plusSeconds = 0): Date =>
  new Date((Math.floor(date.getTime() / 1000) + plusSeconds) * 1000);

function milliseconds(seconds: number): number {
  if (!Number.isFinite(seconds)) throw new RangeError(`not a number of seconds: ${seconds}`);
  return Math.round(seconds * 1000);
}
