/** The circuit breaker in front of the metadata service: when it opens, its cost while open, and that it loses no call. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Ways } from "../../src/metadata/client.ts";
import type { Reply } from "../../src/metadata/http-exchange.ts";
import { Breaker } from "../../src/service/admission/circuit-breaker.ts";
import { Fault } from "../../src/verify/errors.ts";
import { fakeClock } from "../support/fake-clock.ts";

/** Milliseconds, from docs/service.md. */
const SHORT = 75;
const PATIENCE = 1000;
const LONG = 2000;

type Health =
  /** Accepts requests and never answers. */
  | "dead"
  | "refusing"
  | "busy"
  /** Milliseconds until it answers. */
  | number;

/** Creates a metadata service whose health the test sets, with a breaker in front, on a clock that the test advances. */
function played(health: Health) {
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

describe("it stays closed", () => {
  test("while the service answers slowly", async () => {
    const { ask, pass, changes } = played(800);
    const calls = [];
    for (let i = 0; i < 10; i += 1) {
      calls.push(ask(`/${i}`), ask(`/${i}`));
      await pass(805);
    }
    expect(calls.map(({ end }) => end)).toEqual(calls.map(() => "200"));
    expect(changes).toEqual([]);
  });

  test("if the service is too slow for a call, and answers all the same", async () => {
    const { ask, pass, changes, breaker } = played(1500);
    for (let i = 0; i < 10; i += 1) {
      ask(`/${i}`);
      await pass(1005);
    }
    expect({ changes, state: breaker.state }).toEqual({ changes: [], state: "closed" });
  });

  test.each([
    { title: "404", status: 404 },
    { title: "403", status: 403 },
    { title: "401", status: 401 },
  ])("if one of three answers, even with a $title", async ({ status }) => {
    const { ask, pass, service, changes } = played("dead");
    service.status = status;
    for (let i = 1; i <= 9; i += 1) {
      service.health = i % 3 === 0 ? 1 : "dead";
      ask(`/${i}`);
      await pass(1005);
    }
    expect(changes).toEqual([]);
  });

  test("if a hundred simultaneous calls have no answer", async () => {
    const { ask, pass, service, changes } = played("dead");
    for (let i = 0; i < 100; i += 1) ask(`/${i}`);
    await pass(900);
    service.health = 1;
    await pass(LONG * 2);
    expect(changes).toEqual([]);
  });

  test("if the reply is not a metadata service's: that is an answer", async () => {
    const clock = fakeClock();
    const changes: string[] = [];
    const breaker = new Breaker({ clock, changed: (state) => changes.push(state) });
    const garbage = () => Promise.reject(new Fault("METADATA_MALFORMED", "x"));
    for (let i = 0; i < 5; i += 1) {
      await expect(breaker.ask({ path: "/", patiently: garbage, once: garbage })).rejects.toThrow("x");
      clock.advance(10);
    }
    expect(changes).toEqual([]);
  });
});

describe("it opens", () => {
  test.each<{ health: Health }>([{ health: "dead" }, { health: "refusing" }, { health: "busy" }])(
    "if three calls in a row, and the watch, have no answer: $health",
    async ({ health }) => {
      const { ask, pass, breaker, changes } = played(health);
      for (let i = 0; i < 4; i += 1) {
        expect(breaker.state).toBe("closed");
        ask(`/${i}`);
        await pass(PATIENCE + 5);
        if (breaker.state !== "closed") break;
      }
      expect({ state: breaker.state, changes }).toEqual({ state: "open", changes: ["open"] });
      breaker.end();
    },
  );

  test("and reports it once, for any number of calls", async () => {
    const { opened, ask, pass, changes } = played("dead");
    await opened();
    for (let i = 0; i < 20; i += 1) {
      ask(`/${i}`);
      await pass(100);
    }
    expect(changes).toEqual(["open"]);
  });
});

describe("open,", () => {
  test("a call makes one short request, and gets a separate message", async () => {
    const { opened, ask, pass, asked } = played("dead");
    await opened();
    const call = ask("/alice");
    await pass(SHORT + 5);
    expect(call).toMatchObject({ at: SHORT });
    expect(call.end).toMatch(/^\/alice: no answer from the metadata service for \d+ s, and none within 75 ms now$/);
    expect(asked.filter((what) => what.endsWith("/alice"))).toEqual(["75 /alice"]);
  });

  test("five offered keys and the signature cost less than half a second together", async () => {
    const { opened, ask, pass } = played("dead");
    await opened();
    let cost = 0;
    for (let i = 0; i < 6; i += 1) {
      const call = ask(`/${i}`);
      await pass(SHORT * 2);
      cost += call.at;
    }
    expect(cost).toBeLessThanOrEqual(500);
  });

  test("calls that come together share one attempt, and those that come during it the next", async () => {
    const { opened, ask, pass, asked } = played("dead");
    await opened();
    const first = ask("/first");
    await pass(20);
    const later = Array.from({ length: 50 }, (_, i) => ask(`/later-${i}`));
    await pass(SHORT * 2 + 10);
    expect(first.end).toContain("/first: no answer");
    for (const { path, end } of later) expect(end).toContain(`${path}: no answer`);
    expect(asked.filter((what) => what.startsWith(`${SHORT} `))).toEqual(["75 /first", "75 /later-0"]);
  });

  test("a service that rejects every request is not waited for either; its status is the answer", async () => {
    const { opened, ask, pass } = played("busy");
    await opened();
    const call = ask("/alice");
    await pass(5);
    expect(call).toMatchObject({ end: "503" });
  });

  test("no request is sent once the service ends", async () => {
    const { opened, breaker, pass, asked } = played("dead");
    await opened();
    breaker.end();
    await pass(60_000);
    expect(asked).toEqual([]);
  });
});

describe("a service that comes back", () => {
  test("before a call answers that call, and all after it with the normal time limits", async () => {
    const { opened, service, ask, pass, changes, breaker } = played("dead");
    await opened();
    service.health = 5;
    const call = ask("/alice");
    await pass(10);
    expect(call.end).toBe("200");
    expect({ state: breaker.state, changes }).toEqual({ state: "closed", changes: ["open", "closed"] });
    service.health = 900;
    const slow = ask("/bob");
    await pass(905);
    expect(slow.end).toBe("200");
  });

  test("during an attempt that it never received answers all calls that came later", async () => {
    const { opened, service, ask, pass } = played("dead");
    await opened();
    const lost = ask("/lost");
    await pass(30);
    service.health = 5;
    const back = [ask("/a"), ask("/b"), ask("/c")];
    await pass(SHORT + 20);
    expect(lost.end).toContain("no answer");
    expect(back.map(({ end }) => end)).toEqual(["200", "200", "200"]);
  });

  test("without any call is detected within seconds, even if it has become slow", async () => {
    const { opened, service, pass, breaker, ask } = played("dead");
    await opened();
    service.health = 900;
    await pass(LONG + 1000 + 905);
    expect(breaker.state).toBe("closed");
    const call = ask("/alice");
    await pass(905);
    expect(call.end).toBe("200");
  });

  test("may come and go at any time: no call is lost that comes while it works", async () => {
    const at = fc.integer({ min: 0, max: 20_000 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(at, { minLength: 1, maxLength: 6 }),
        fc.array(at, { minLength: 5, maxLength: 40 }),
        async (flips, arrivals) => {
          const { service, ask, pass, breaker } = played(5);
          const calls: { end: string; path: string }[] = [];
          const events = [
            ...flips.map((time) => ({ time, flip: true })),
            ...arrivals.map((time) => ({ time, flip: false })),
          ].toSorted((a, b) => a.time - b.time);
          let now = 0;
          for (const { time, flip } of events) {
            await pass(Math.floor((time - now) / 5) * 5);
            now += Math.floor((time - now) / 5) * 5;
            if (flip) service.health = service.health === "dead" ? 5 : "dead";
            // Whether it remains as long as a call may wait: at most an attempt that it never received, and one more.
            const next = events.find((event) => event.flip && event.time > time)?.time ?? Number.POSITIVE_INFINITY;
            const isThere = service.health !== "dead" && next - now > 2 * SHORT + 30;
            const call = ask(`/${time}`);
            if (isThere) calls.push(call);
          }
          await pass(2 * PATIENCE);
          breaker.end();
          expect(calls.filter(({ end }) => end !== "200")).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });
});

test("clearing the caches closes it: other settings, or a machine that was suspended", async () => {
  const { opened, breaker, ask, pass, asked } = played("dead");
  await opened();
  breaker.reset();
  ask("/alice");
  await pass(5);
  expect(asked).toEqual(["patiently /alice"]);
  expect(breaker.state).toBe("closed");
});
