/**
 * One fetch in flight and one next, for any number of calls. A call may share only a fetch that begins after the call
 * arrived, because its result contains every key that was pushed before. The fetch in flight began earlier: a later call
 * may use its result only if that suffices for a "yes", and a failure of it is never returned to a later call.
 */

export interface Shared<T> {
  readonly value: T;
  /** Whether it came from a fetch that had begun before the caller joined. */
  readonly early: boolean;
}

/**
 * @param begun must be called when the request is sent, and not before: until then other callers may still join
 * @param signal aborted when the last caller leaves before the fetch has begun
 */
export type Fetch<T> = (begun: () => void, signal: AbortSignal) => Promise<T>;

interface Waiter<T> {
  readonly takesEarly: (value: T) => boolean;
  readonly resolve: (shared: Shared<T>) => void;
  readonly reject: (error: unknown) => void;
}

export class SingleFlight<T> {
  readonly #fetch: Fetch<T>;
  readonly #idle: () => void;
  /** Callers that joined before the fetch in flight began; undefined if no fetch is in flight. */
  #flying: Set<Waiter<T>> | undefined;
  /** Callers that wait for a fetch that begins from now on. */
  #waiting = new Set<Waiter<T>>();
  /** Controller of the fetch that is prepared and has not begun. */
  #prepared: AbortController | undefined;

  /** @param idle called when no caller waits and no fetch is in flight any more */
  constructor(fetch: Fetch<T>, idle: () => void = () => undefined) {
    this.#fetch = fetch;
    this.#idle = idle;
  }

  /**
   * @param signal of the caller; once it is aborted, the caller no longer waits, and no fetch begins for it alone
   * @param takesEarly whether the result of a fetch that is already in flight suffices
   */
  join(signal: AbortSignal, takesEarly: (value: T) => boolean): Promise<Shared<T>> {
    const { promise, resolve, reject } = Promise.withResolvers<Shared<T>>();
    if (signal.aborted) return Promise.reject(signal.reason);
    const joiner: Waiter<T> = { takesEarly, resolve, reject };
    const gone = () => {
      this.#leave(joiner);
      reject(signal.reason);
    };
    signal.addEventListener("abort", gone, { once: true });
    this.#waiting.add(joiner);
    this.#prepare();
    return promise.finally(() => signal.removeEventListener("abort", gone));
  }

  #leave(joiner: Waiter<T>): void {
    this.#flying?.delete(joiner);
    this.#waiting.delete(joiner);
    if (this.#waiting.size > 0) return;
    const prepared = this.#prepared;
    this.#prepared = undefined;
    prepared?.abort(new Error("no call waits for it"));
    if (this.#flying === undefined) this.#idle();
  }

  #prepare(): void {
    if (this.#flying !== undefined || this.#prepared !== undefined || this.#waiting.size === 0) return;
    const controller = new AbortController();
    this.#prepared = controller;
    let own: Set<Waiter<T>> | undefined;
    const begun = () => {
      controller.signal.throwIfAborted();
      this.#prepared = undefined;
      own = this.#flying = this.#waiting;
      this.#waiting = new Set();
    };
    /** Settles the callers. Does nothing if all of them left before the fetch began. */
    const landed = (settle: (joiner: Waiter<T>) => void, early: (joiner: Waiter<T>) => boolean) => {
      if (controller.signal.aborted) return;
      if (own === undefined) begun();
      this.#flying = undefined;
      for (const joiner of own ?? []) settle(joiner);
      for (const joiner of this.#waiting) if (early(joiner)) this.#waiting.delete(joiner);
      this.#prepare();
      if (this.#prepared === undefined) this.#idle();
    };
    this.#fetch(begun, controller.signal).then(
      (value) =>
        landed(
          ({ resolve }) => resolve({ value, early: false }),
          ({ takesEarly, resolve }) => {
            const takes = takesEarly(value);
            if (takes) resolve({ value, early: true });
            return takes;
          },
        ),
      (error) =>
        landed(
          ({ reject }) => reject(error),
          () => false,
        ),
    );
  }
}
