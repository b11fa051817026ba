/** The simulator's time: this machine's, moved by hand. Documents, tokens, staples and Date headers all ask here. */
export interface Clock {
  now(): Date;
  /** Moves time by so many seconds; a negative number moves it back. */
  advance(seconds: number): void;
}

/** A clock that runs with the machine's, `offset` seconds beside it. */
export function runningClock(offset = 0): Clock {
  let moved = milliseconds(offset);
  return {
    now: () => new Date(Date.now() + moved),
    advance: (seconds) => {
      moved += milliseconds(seconds);
    },
  };
}

/** A clock that stands still but for `advance`: for tests whose times must come out to the second. */
export function standingClock(start: Date): Clock {
  let at = start.getTime();
  return {
    now: () => new Date(at),
    advance: (seconds) => {
      at += milliseconds(seconds);
    },
  };
}

/** `date` plus so many seconds, cut to whole ones: certificates and staples know no fractions (RFC 5280 §4.1.2.5). */
export const wholeSecond = (date: Date, plusSeconds = 0): Date =>
  new Date((Math.floor(date.getTime() / 1000) + plusSeconds) * 1000);

function milliseconds(seconds: number): number {
  if (!Number.isFinite(seconds)) throw new RangeError(`not a number of seconds: ${seconds}`);
  return Math.round(seconds * 1000);
}
