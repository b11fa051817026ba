/** One fetch in flight and one next: which calls share which fetch. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SingleFlight } from "../../src/service/cache/single-flight.ts";

/** Creates fetches that begin and end when the test says so. */
function bench() {
  const fetches: {
    begin: () => void;
    land: (value: string) => void;
    fail: (error: Error) => void;
    signal: AbortSignal;
  }[] = [];
  let idle = 0;
  const shared = new SingleFlight<string>(
    (started, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      signal.addEventListener("abort", () => reject(signal.reason));
      fetches.push({ begin: started, land: resolve, fail: reject, signal });
      return promise;
    },
    () => {
      idle += 1;
    },
  );
  const settle = () => new Promise(setImmediate);
  return { shared, fetches, settle, idle: () => idle };
}

const NEVER = new AbortController().signal;
const no = () => false;
const yes = () => true;

describe("a call", () => {
  test("shares a fetch that has not started yet, with the calls before it", async () => {
    const { shared, fetches } = bench();
    const both = Promise.all([shared.join(NEVER, no), shared.join(NEVER, no)]);
    expect(fetches).toHaveLength(1);
    fetches[0]?.begin();
    fetches[0]?.land("a");
    expect(await both).toEqual([
      { value: "a", startedBefore: false },
      { value: "a", startedBefore: false },
    ]);
  });

  test("that comes during a fetch waits for the next, which all calls that come meanwhile share", async () => {
    const { shared, fetches, settle } = bench();
    const first = shared.join(NEVER, no);
    fetches[0]?.begin();
    const later = [shared.join(NEVER, no), shared.join(NEVER, no)];
    await settle();
    expect(fetches).toHaveLength(1);
    fetches[0]?.land("old");
    expect(await first).toEqual({ value: "old", startedBefore: false });
    await settle();
    expect(fetches).toHaveLength(2);
    fetches[1]?.begin();
    fetches[1]?.land("new");
    expect(await Promise.all(later)).toEqual([
      { value: "new", startedBefore: false },
      { value: "new", startedBefore: false },
    ]);
    expect(fetches).toHaveLength(2);
  });

  test("may use the running fetch, and then nothing further is fetched for it", async () => {
    const { shared, fetches, settle, idle } = bench();
    const first = shared.join(NEVER, no);
    fetches[0]?.begin();
    const early = shared.join(NEVER, (value) => value === "enough");
    fetches[0]?.land("enough");
    expect(await early).toEqual({ value: "enough", startedBefore: true });
    await first;
    await settle();
    expect(fetches).toHaveLength(1);
    expect(idle()).toBe(1);
  });

  test("does not fail because of a fetch that started before it came", async () => {
    const { shared, fetches, settle } = bench();
    const first = shared.join(NEVER, yes);
    fetches[0]?.begin();
    const later = shared.join(NEVER, yes);
    fetches[0]?.fail(new Error("the first one's"));
    await expect(first).rejects.toThrow("the first one's");
    await settle();
    fetches[1]?.begin();
    fetches[1]?.land("new");
    expect(await later).toEqual({ value: "new", startedBefore: false });
  });

  test("that goes away before a request was sent for it costs nothing", async () => {
    const { shared, fetches, settle, idle } = bench();
    const gone = new AbortController();
    const left = shared.join(gone.signal, no);
    gone.abort(new Error("gone"));
    await expect(left).rejects.toThrow("gone");
    expect(fetches[0]?.signal.aborted).toBe(true);
    expect(() => fetches[0]?.begin()).toThrow("no caller waits");
    expect(idle()).toBe(1);
    const next = shared.join(NEVER, no);
    await settle();
    fetches[1]?.begin();
    fetches[1]?.land("b");
    expect(await next).toEqual({ value: "b", startedBefore: false });
  });

  test("that goes away does not cancel the others' fetch", async () => {
    const { shared, fetches } = bench();
    const gone = new AbortController();
    const [left, stays] = [shared.join(gone.signal, no), shared.join(NEVER, no)];
    gone.abort(new Error("gone"));
    await expect(left).rejects.toThrow("gone");
    expect(fetches[0]?.signal.aborted).toBe(false);
    fetches[0]?.begin();
    fetches[0]?.land("a");
    expect(await stays).toEqual({ value: "a", startedBefore: false });
  });

  test("shares the failure of one that never started", async () => {
    const { shared, fetches } = bench();
    const both = Promise.allSettled([shared.join(NEVER, yes), shared.join(NEVER, yes)]);
    fetches[0]?.fail(new Error("no token"));
    expect((await both).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(fetches).toHaveLength(1);
  });
});

test("a fetch gets the input of the first call that waits for it; the next fetch that of another call", async () => {
  const inputs: string[] = [];
  const ends: (() => void)[] = [];
  const shared = new SingleFlight<string, string>((started, _signal, input) => {
    inputs.push(input);
    started();
    const { promise, resolve } = Promise.withResolvers<string>();
    ends.push(() => resolve(input));
    return promise;
  });
  const first = shared.join(NEVER, no, "a");
  const later = [shared.join(NEVER, no, "b"), shared.join(NEVER, no, "c")];
  ends[0]?.();
  expect((await first).value).toBe("a");
  ends[1]?.();
  expect((await Promise.all(later)).map(({ value }) => value)).toEqual(["b", "b"]);
  expect(inputs).toEqual(["a", "b"]);
});

test("in any order of arrivals, departures, starts and results: no value is older than the call, except one taken early", async () => {
  const step = fc.oneof(
    fc.constant("join" as const),
    fc.constant("join-early" as const),
    fc.constant("leave" as const),
    fc.constant("begin" as const),
    fc.constant("land" as const),
    fc.constant("fail" as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      let now = 0;
      const flights: { began?: number; landed?: boolean; begin: () => void; end: (ok: boolean) => void }[] = [];
      const shared = new SingleFlight<number>((started, signal) => {
        const { promise, resolve, reject } = Promise.withResolvers<number>();
        signal.addEventListener("abort", () => reject(signal.reason));
        const flight: (typeof flights)[number] = {
          begin: () => {
            if (signal.aborted) return;
            started();
            flight.began = now;
          },
          end: (ok) => {
            flight.landed = true;
            if (ok) resolve(flight.began ?? -1);
            else reject(new Error("failed"));
          },
        };
        flights.push(flight);
        return promise;
      });
      const waiting = new Set<AbortController>();
      for (const what of steps) {
        now += 1;
        const came = now;
        const open = flights.filter(({ landed }) => landed !== true);
        // At most one fetch is in flight, and another is prepared only when none is.
        expect(open.filter(({ began }) => began !== undefined).length).toBeLessThanOrEqual(1);
        if (what === "join" || what === "join-early") {
          const controller = new AbortController();
          waiting.add(controller);
          shared
            .join(controller.signal, () => what === "join-early")
            .then(({ value, startedBefore }) => expect(startedBefore || value > came).toBe(true))
            .catch((error: Error) => expect(["gone", "failed"]).toContain(error.message))
            .finally(() => waiting.delete(controller));
        } else if (what === "leave") [...waiting][0]?.abort(new Error("gone"));
        else if (what === "begin") open.find(({ began }) => began === undefined)?.begin();
        else open.find(({ began }) => began !== undefined)?.end(what === "land");
        await new Promise(setImmediate);
      }
    }),
    { numRuns: 100 },
  );
});
