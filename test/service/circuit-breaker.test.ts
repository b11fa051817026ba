/** The circuit breaker in front of the metadata service: when it opens, and its cost while open. */
import { describe, expect, test } from "vitest";
import { Breaker } from "../../src/service/admission/circuit-breaker.ts";
import { Fault } from "../../src/verify/errors.ts";
import { fakeClock } from "../support/fake-clock.ts";
import { type Health, LONG, PATIENCE, played, SHORT } from "./played-metadata.ts";

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
