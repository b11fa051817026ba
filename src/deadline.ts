/** The only deadline of a call. It is counted from the start of the call and covers everything that the call does. */

/** Milliseconds since the process started, by the monotonic clock. Loading performance.now() costs a call 1 ms. */
export const elapsed = (): number => process.uptime() * 1000;

export class Deadline {
  readonly #controller = new AbortController();
  readonly #from: number;
  #ms: number;
  #timer: NodeJS.Timeout;

  /**
   * @param ms milliseconds
   * @param from start of the period, as `elapsed` returns it; the start of the process if it makes a single call
   */
  constructor(ms: number, from = 0) {
    this.#from = from;
    this.#ms = from + ms;
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
    return Math.max(0, this.#ms - elapsed());
  }

  /** Stops the timer, so that it does not keep the process running. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #start(): NodeJS.Timeout {
    // On a busy machine the deadline may have passed already. Node warns of a negative time on standard error.
    return setTimeout(() => this.#controller.abort(), Math.max(1, this.#ms - elapsed()));
  }
}
