/**
 * One fetch in flight and one next, for any number of calls. A call may share only a fetch that starts after the call
 * arrived, because its result contains every key that was pushed before. The fetch in flight started earlier: a later call
 * may use its result only if that suffices for a "yes", and a failure of it is never returned to a later call.
 */

export interface Shared<T> {
  readonly value: T;
  /** Whether it came from a fetch that had started before the caller joined. */
  readonly startedBefore: boolean;
}

/**
 * @param started must be called when the request is sent, and not before: until then other callers may still join
 * @param signal aborted when the last caller leaves before the fetch has started
 * @param input of the first caller that waited for this fetch
 */
export type Fetch<T, I> = (started: () => void, signal: AbortSignal, input: I) => Promise<T>;

interface Waiter<T, I> {
  readonly input: I;
  readonly acceptsInFlight: (value: T) => boolean;
  readonly resolve: (shared: Shared<T>) => void;
  readonly reject: (error: unknown) => void;
}

/** `I` is what a fetch needs from a caller. It must not matter which caller's it is. */
export class SingleFlight<T, I = void> {
  readonly #fetch: Fetch<T, I>;
  readonly #onIdle: () => void;
  /** Callers that joined before the fetch in flight started; undefined if no fetch is in flight. */
  #inFlight: Set<Waiter<T, I>> | undefined;
  /** Callers that wait for a fetch that starts from now on. */
  #next = new Set<Waiter<T, I>>();
  /** Controller of the fetch for them, which has not started. */
  #pending: AbortController | undefined;

  /** @param onIdle called when no caller waits and no fetch is in flight any more */
  constructor(fetch: Fetch<T, I>, onIdle: () => void = () => undefined) {
    this.#fetch = fetch;
    this.#onIdle = onIdle;
  }

  /**
   * @param signal of the caller; once it is aborted, the caller no longer waits, and no fetch starts for it alone
   * @param acceptsInFlight whether the result of a fetch that is already in flight suffices
   * @param input for the fetch, if the caller is the first one that waits for it
   */
  join(signal: AbortSignal, acceptsInFlight: (value: T) => boolean, input: I): Promise<Shared<T>> {
    const { promise, resolve, reject } = Promise.withResolvers<Shared<T>>();
    if (signal.aborted) return Promise.reject(signal.reason);
    const waiter: Waiter<T, I> = { input, acceptsInFlight, resolve, reject };
    const onAbort = () => {
      this.#leave(waiter);
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    this.#next.add(waiter);
    this.#prepare();
    return promise.finally(() => signal.removeEventListener("abort", onAbort));
  }

  #leave(waiter: Waiter<T, I>): void {
    this.#inFlight?.delete(waiter);
    this.#next.delete(waiter);
    if (this.#next.size > 0) return;
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.abort(new Error("no caller waits for it"));
    if (this.#inFlight === undefined) this.#onIdle();
  }

  /** Prepares the next fetch if there is a caller for it and none is in flight or prepared already. */
  #prepare(): void {
    const [first] = this.#next;
    if (first === undefined || this.#inFlight !== undefined || this.#pending !== undefined) return;
    const controller = new AbortController();
    this.#pending = controller;
    let sharing: Set<Waiter<T, I>> | undefined;
    const started = () => {
      controller.signal.throwIfAborted();
      this.#pending = undefined;
      sharing = this.#inFlight = this.#next;
      this.#next = new Set();
    };
    /**
     * Ends the fetch, and prepares the next one. Does nothing if all callers left before the fetch started.
     * @param settle for each caller that shares the fetch
     * @param accept for each caller that joined later; returns whether it has been settled as well
     */
    const end = (settle: (waiter: Waiter<T, I>) => void, accept: (waiter: Waiter<T, I>) => boolean) => {
      if (controller.signal.aborted) return;
      if (sharing === undefined) started();
      this.#inFlight = undefined;
      for (const waiter of sharing ?? []) settle(waiter);
      for (const waiter of this.#next) if (accept(waiter)) this.#next.delete(waiter);
      this.#prepare();
      if (this.#pending === undefined) this.#onIdle();
    };
    this.#fetch(started, controller.signal, first.input).then(
      (value) =>
        end(
          ({ resolve }) => resolve({ value, startedBefore: false }),
          ({ acceptsInFlight, resolve }) => {
            const accepts = acceptsInFlight(value);
            if (accepts) resolve({ value, startedBefore: true });
            return accepts;
          },
        ),
      (error) =>
        end(
          ({ reject }) => reject(error),
          () => false,
        ),
    );
  }
}
