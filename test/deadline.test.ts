/** The deadline of a call. */
import { once } from "node:events";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Deadline } from "../src/deadline.ts";

test("a deadline that is lowered to a time in the past ends at once, without a warning", async () => {
  const warnings: string[] = [];
  const listener = ({ name }: Error) => warnings.push(name);
  process.on("warning", listener);
  const deadline = new Deadline(60_000 + process.uptime() * 1000);
  expect(deadline.hasPassed).toBe(false);
  deadline.lower(1);
  expect(deadline.hasPassed).toBe(true);
  await once(deadline.signal, "abort");
  process.off("warning", listener);
  expect(warnings).toEqual([]);
});

describe("on a host that takes processor time away", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  /** The process's clock and its use of the processor, in milliseconds. Timers run only when the test lets them. */
  function host(startedMs: number, usedMs: number) {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const at = { ms: startedMs, used: usedMs };
    vi.spyOn(process, "uptime").mockImplementation(() => at.ms / 1000);
    vi.spyOn(process, "cpuUsage").mockImplementation(() => ({ user: at.used * 1000, system: 0 }));
    return {
      /** Lets time pass in which the process does not run, or uses the processor for `used` milliseconds. */
      away(ms: number, used = 0) {
        at.ms += ms;
        at.used += used;
        vi.advanceTimersByTime(ms);
      },
      /** Lets the process wait idle, with its timers on time. */
      idle(ms: number) {
        for (const end = at.ms + ms; at.ms < end; ) {
          at.ms += 1;
          vi.advanceTimersByTime(1);
        }
      },
    };
  }

  test.each([
    { title: "a quiet start", startedMs: 40, usedMs: 40, left: 3960 },
    { title: "three seconds until it could start, of which it used 250 ms", startedMs: 3000, usedMs: 250, left: 3750 },
    { title: "a slow processor, which it had to itself", startedMs: 3000, usedMs: 3000, left: 1000 },
    { title: "longer than real time allows", startedMs: 20_000, usedMs: 100, left: 0 },
    { title: "near the end of real time", startedMs: 19_000, usedMs: 100, left: 1000 },
  ])("$title: $left ms are left", ({ startedMs, usedMs, left }) => {
    host(startedMs, usedMs);
    const deadline = new Deadline(4000, 0, 20_000);
    expect(Math.round(deadline.left)).toBe(left);
    deadline.end();
  });

  test("a wait for others counts fully: it passes after its milliseconds, not before", () => {
    const { idle } = host(40, 40);
    const deadline = new Deadline(4000, 0, 20_000);
    idle(3959);
    expect([deadline.hasPassed, deadline.signal.aborted]).toEqual([false, false]);
    idle(1);
    expect([deadline.hasPassed, deadline.signal.aborted]).toEqual([true, true]);
  });

  test("five seconds without the processor count a tenth of a second", () => {
    const { away, idle } = host(40, 40);
    const deadline = new Deadline(4000, 0, 20_000);
    idle(1000);
    away(5000);
    expect(Math.round(deadline.left)).toBe(4000 - 40 - 1000 - 100);
    expect(deadline.signal.aborted).toBe(false);
    deadline.end();
  });

  test("five seconds of its own work count", () => {
    const { away } = host(40, 40);
    const deadline = new Deadline(4000, 0, 20_000);
    away(5000, 5000);
    expect([deadline.hasPassed, deadline.signal.aborted]).toEqual([true, true]);
  });

  test("it passes in real time in the end", () => {
    const { away } = host(40, 40);
    const deadline = new Deadline(4000, 0, 20_000);
    for (let i = 0; i < 4; i += 1) away(4900);
    expect(deadline.signal.aborted).toBe(false);
    away(400);
    expect([deadline.hasPassed, deadline.signal.aborted]).toEqual([true, true]);
  });

  test("without such an allowance, real time counts", () => {
    const { away } = host(40, 40);
    const deadline = new Deadline(4000);
    deadline.lower(3000);
    away(3000);
    expect([deadline.hasPassed, deadline.signal.aborted]).toEqual([true, true]);
  });
});
