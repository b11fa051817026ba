/** The only deadline of a call. It is counted from the start of the call and covers everything that the call does. */

/** Milliseconds since the process started, by the monotonic clock. Loading performance.now() costs a call 1 ms. */
export const elapsed = (): number => process.uptime() * 1000;

/** Interval of the looks at the clock where the host's lack of processor time is allowed for. */
export const LOOK_MS = 50;
/** Milliseconds of such an interval that always count: a timer may be late on a host that lacks nothing. */
export const COUNTED_MS = 2 * LOOK_MS;

/** Milliseconds of processor time that this process has used. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export class Deadline {
  readonly #controller = new AbortController();
  readonly #from: number;
  readonly #latest: number;
  readonly #allowsForStarvation: boolean;
  #ms: number;
  /** Milliseconds that did not count, until the last look. */
  #uncounted = 0;
  #seen: { readonly ms: number; readonly processor: number };
  #timer: NodeJS.Timeout;

  /**
   * @param ms milliseconds
   * @param from start of the period, as `elapsed` returns it; the start of the process if it makes a single call
   * @param latest milliseconds of real time after which it passes in any case. If that is more than `ms`, the time in which
   *   the host gave the process no processor time does not count: `ms` limits the wait for others
   *   (docs/decisions/0190-starved-one-shot.md).
   */
  constructor(ms: number, from = 0, latest = ms) {
    this.#from = from;
    this.#ms = from + ms;
    this.#latest = from + latest;
    this.#seen = { ms: from, processor: 0 };
    this.#allowsForStarvation = latest > ms;
    if (this.#allowsForStarvation) this.#look();
    this.#timer = this.#start();
  }

  /** Lowers the deadline; it is never raised. */
  lower(ms: number): void {
    clearTimeout(this.#timer);
    this.#ms = Math.min(this.#from + ms, this.#ms);
    this.#timer = this.#start();
  }

  /** Aborted when the deadline passes; for code that waits. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the deadline has passed; for code that does not wait. A timer cannot fire while the program is busy. */
  get hasPassed(): boolean {
    return this.left === 0;
  }

  /** Milliseconds until the deadline; 0 once it has passed. */
  get left(): number {
    const now = elapsed();
    return Math.max(0, Math.min(this.#ms + this.#uncountedAt(now), this.#latest) - now);
  }

  /** Stops the timer, so that it does not keep the process running. */
  end(): void {
    clearTimeout(this.#timer);
  }

  /** What this process used of the processor counts, and a short wait; the rest of a long interval does not. */
  #uncountedAt(now: number): number {
    const interval = now - this.#seen.ms;
    if (!this.#allowsForStarvation || interval <= COUNTED_MS) return this.#uncounted;
    return this.#uncounted + Math.max(0, interval - Math.max(COUNTED_MS, processorMs() - this.#seen.processor));
  }

  #look(): void {
    const now = elapsed();
    this.#uncounted = this.#uncountedAt(now);
    this.#seen = { ms: now, processor: processorMs() };
  }

  #start(): NodeJS.Timeout {
    // On a busy machine the deadline may have passed already. Node warns of a negative time on standard error.
    const left = Math.max(1, this.left);
    if (!this.#allowsForStarvation || left <= LOOK_MS) return setTimeout(() => this.#passOrGoOn(), left);
    return setTimeout(() => this.#passOrGoOn(), LOOK_MS);
  }

  #passOrGoOn(): void {
    if (this.#allowsForStarvation) this.#look();
    if (this.hasPassed) this.#controller.abort();
    else this.#timer = this.#start();
  }
}
