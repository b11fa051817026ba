/** A metadata service whose health a test sets, with a circuit breaker in front, on a clock that the test moves. */
import { expect } from "vitest";
import type { Ways } from "../../src/metadata/client.ts";
import type { Reply } from "../../src/metadata/http-exchange.ts";
import { Breaker } from "../../src/service/admission/circuit-breaker.ts";
import { Fault } from "../../src/verify/errors.ts";
import { fakeClock } from "../support/fake-clock.ts";

/** Milliseconds, from docs/service.md. */
export const SHORT = 75;
export const PATIENCE = 1000;
export const LONG = 2000;

export type Health =
  /** Accepts requests and never answers. */
  | "dead"
  | "refusing"
  | "busy"
  /** Milliseconds until it answers. */
  | number;

/** Creates a metadata service whose health the test sets, with a breaker in front, on a clock that the test advances. */
export function played(health: Health) {
  const clock = fakeClock();
  const changes: string[] = [];
  const breaker = new Breaker({ clock, changed: (state) => changes.push(state) });
  const asked: string[] = [];
  const service = { health, status: 200 };

  const within = (ms: number, path: string, signal?: AbortSignal): Promise<Reply> => {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const reply = (status: number) => resolve({ status, body: Buffer.from(path) });
    const fault = (code: Fault["code"]) => reject(new Fault(code, `${path}: no complete reply within ${ms} ms`));
    const { health: now, status } = service;
    if (now === "busy") reply(503);
    else if (now === "refusing") fault("METADATA_UNREACHABLE");
    else if (now === "dead" || now > ms) clock.after(ms, () => fault("METADATA_TIMEOUT"));
    else clock.after(now, () => reply(status));
    signal?.addEventListener("abort", () => fault("METADATA_TIMEOUT"));
    return promise;
  };
  const ways = (path: string): Ways => ({
    path,
    patiently: () => {
      asked.push(`patiently ${path}`);
      return within(PATIENCE, path);
    },
    once: (ms, signal) => {
      asked.push(`${ms} ${path}`);
      return within(ms, path, signal);
    },
  });
  /** Advances the clock in small steps, and runs everything that depends on it. */
  const pass = async (ms: number) => {
    for (let gone = 0; gone < ms; gone += 5) {
      clock.advance(5);
      await new Promise(setImmediate);
    }
  };
  const ask = (path: string) => {
    const one = { path, end: "", at: Number.NaN };
    const began = clock.monotonic();
    breaker.ask(ways(path)).then(
      ({ status }) => Object.assign(one, { end: `${status}`, at: clock.monotonic() - began }),
      (error: Fault) => Object.assign(one, { end: error.message, at: clock.monotonic() - began }),
    );
    return one;
  };
  /** Makes calls one after another until the breaker is open. */
  const opened = async () => {
    for (let i = 0; i < 5 && breaker.state === "closed"; i += 1) {
      ask(`/opening-${i}`);
      await pass(PATIENCE + 5);
    }
    expect(breaker.state).toBe("open");
    asked.splice(0);
  };
  return { breaker, changes, asked, service, pass, ask, opened, clock };
}
