/**
 * A circuit breaker in front of the metadata service. If the service does not answer, each call would wait until its time
 * limit, and sshd calls for every key that a client offers, also in logins that need no pushed key. So once the breaker is
 * open, a request is one short attempt, one at a time, whose outcome the other calls share (half-open), until an attempt is
 * answered (closed). Each call makes or shares an attempt that began after the call arrived: a service that has recovered
 * when a call arrives answers that call.
 */

import type { Ways } from "../../metadata/client.ts";
import type { Reply } from "../../metadata/http-exchange.ts";
import { isTurnedAway } from "../../metadata/retry.ts";
import { Fault } from "../../verify/errors.ts";
import type { Clock } from "../clock.ts";
import { BREAKER } from "../limits.ts";

export type BreakerState = "closed" | "open" | "half-open";

type Outcome = { readonly reply: Reply } | { readonly error: unknown };

interface Attempt {
  readonly turn: number;
  readonly outcome: Promise<Outcome>;
}

export interface BreakerOptions {
  readonly clock: Clock;
  /** @param seconds for which it was open; undefined if it has just been opened */
  changed(state: "open" | "closed", seconds?: number): void;
}

export class Breaker {
  readonly #options: BreakerOptions;
  /** Requests in a row that ended without an answer, each begun after the previous one had ended. */
  #unanswered = 0;
  #lastEnded = Number.NEGATIVE_INFINITY;
  /** Time at which it opened, by the monotonic clock. */
  #since: number | undefined;
  /** Set while something is wrong: asks again and again, with enough time for a slow answer. */
  #watch: AbortController | undefined;
  /** Whether the watch has had no answer either. */
  #isConfirmed = false;
  #attempt: Attempt | undefined;
  #turn = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get state(): BreakerState {
    if (this.#since === undefined) return "closed";
    return this.#attempt === undefined ? "open" : "half-open";
  }

  /** Seconds for which it has been open; undefined if it is closed. */
  get openFor(): number | undefined {
    return this.#since === undefined ? undefined : (this.#options.clock.monotonic() - this.#since) / 1000;
  }

  /** @throws as the chosen way does; Fault METADATA_TIMEOUT, _UNREACHABLE or _BROKEN if it is open and remains open */
  async ask(ways: Ways): Promise<Reply> {
    this.#turn += 1;
    const came = this.#turn;
    while (this.#since !== undefined) {
      const flying = this.#attempt;
      if (flying === undefined) return this.#shortly(ways);
      const outcome = await flying.outcome;
      if (!isAnswer(outcome) && flying.turn >= came) return this.#given(outcome, ways);
    }
    return this.#patiently(ways);
  }

  /** Closes it, as at the start: earlier results belong to other settings, or to the time before the machine slept. */
  reset(): void {
    this.#answered();
    this.#lastEnded = Number.NEGATIVE_INFINITY;
  }

  /** Stops the watch. */
  end(): void {
    this.#watch?.abort();
  }

  async #patiently(ways: Ways): Promise<Reply> {
    const began = this.#options.clock.monotonic();
    const outcome = await outcomeOf(ways.patiently());
    if (isAnswer(outcome)) this.#answered();
    else this.#ended(began, ways);
    if ("reply" in outcome) return outcome.reply;
    throw outcome.error;
  }

  async #shortly(ways: Ways): Promise<Reply> {
    this.#turn += 1;
    const outcome = outcomeOf(ways.once(BREAKER.shortMs, NEVER));
    this.#attempt = { turn: this.#turn, outcome };
    const had = await outcome;
    this.#attempt = undefined;
    if (isAnswer(had)) this.#answered();
    return this.#given(had, ways);
  }

  /** Returns the reply, or throws a Fault that names the path of this call, which may share another call's attempt. */
  #given(outcome: Outcome, { path }: Ways): Reply {
    if ("reply" in outcome) return outcome.reply;
    const { error } = outcome;
    if (!isSilence(error)) throw error;
    const seconds = Math.round(this.openFor ?? 0);
    const what = `${path}: no answer from the metadata service for ${seconds} s, and none within ${BREAKER.shortMs} ms now`;
    throw new Fault(error.code, what, { path }, { cause: error });
  }

  #answered(): void {
    const seconds = this.openFor;
    this.#unanswered = 0;
    this.#isConfirmed = false;
    this.#since = undefined;
    this.#watch?.abort();
    this.#watch = undefined;
    if (seconds !== undefined) this.#options.changed("closed", seconds);
  }

  #ended(began: number, ways: Ways): void {
    // Requests that overlap count as one.
    if (began < this.#lastEnded || this.#since !== undefined) return;
    this.#lastEnded = this.#options.clock.monotonic();
    this.#unanswered += 1;
    if (this.#unanswered >= BREAKER.suspicious && this.#watch === undefined) void this.#watchOver(ways);
    this.#openIfDue();
  }

  #openIfDue(): void {
    if (this.#since !== undefined || !this.#isConfirmed || this.#unanswered < BREAKER.unanswered) return;
    this.#since = this.#options.clock.monotonic();
    this.#options.changed("open");
  }

  async #watchOver(ways: Ways): Promise<void> {
    const watch = new AbortController();
    this.#watch = watch;
    for (;;) {
      const outcome = await outcomeOf(ways.once(BREAKER.longMs, watch.signal));
      if (watch.signal.aborted) return;
      if (isAnswer(outcome)) return this.#answered();
      this.#isConfirmed = true;
      this.#openIfDue();
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = this.#options.clock.after(BREAKER.everyMs, resolve);
      watch.signal.addEventListener("abort", () => resolve(), { once: true });
      await promise;
      cancel();
      if (watch.signal.aborted) return;
    }
  }
}

const NEVER: AbortSignal = new AbortController().signal;

const outcomeOf = (asked: Promise<Reply>): Promise<Outcome> =>
  asked.then(
    (reply) => ({ reply }),
    (error: unknown) => ({ error }),
  );

/** Codes of failures without any answer from the other side. Any other Fault is about the content of an answer. */
const SILENT: ReadonlySet<string> = new Set(["METADATA_TIMEOUT", "METADATA_UNREACHABLE", "METADATA_BROKEN"]);

const isSilence = (error: unknown): error is Fault => error instanceof Fault && SILENT.has(error.code);

/** Checks for an answer. A reply that turns the request away (isTurnedAway) at every attempt of a call is not an answer. */
const isAnswer = (outcome: Outcome): boolean =>
  "reply" in outcome ? !isTurnedAway(outcome.reply) : !isSilence(outcome.error);
