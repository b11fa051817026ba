/** The one deadline of a call, counted from its beginning, whatever the time is spent on. */

/** Milliseconds since the process began, by a clock that nobody sets. Loading performance.now() costs a call 1 ms. */
export const elapsed = (): number => process.uptime() * 1000;

export class Deadline {
  readonly #controller = new AbortController();
  readonly #from: number;
  #ms: number;
  #timer: NodeJS.Timeout;

  /**
   * @param ms milliseconds
   * @param from what they are counted from, by `elapsed`; the start of the process, where it makes one call
   */
  constructor(ms: number, from = 0) {
    this.#from = from;
    this.#ms = from + ms;
    this.#timer = this.#start();
  }

  /** Lowers it. */
  lower(ms: number): void {
    clearTimeout(this.#timer);
    this.#ms = Math.min(this.#from + ms, this.#ms);
    this.#timer = this.#start();
  }

  /** For what waits. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** For what does not wait: a timer cannot fire while the program works. */
  get hasPassed(): boolean {
    return this.left === 0;
  }

  /** Milliseconds until it passes; 0 once it has. */
  get left(): number {
    return Math.max(0, this.#ms - elapsed());
  }

  /** No longer of interest: nothing is held up by it. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #start(): NodeJS.Timeout {
    // On a busy machine it may have passed already: a negative time would be warned of on standard error.
    return setTimeout(() => this.#controller.abort(), Math.max(1, this.#ms - elapsed()));
  }
}
