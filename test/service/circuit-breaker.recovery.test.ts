/** The circuit breaker when the metadata service answers again: it loses no call. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LONG, PATIENCE, played, SHORT } from "./played-metadata.ts";

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
