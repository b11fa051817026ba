/**
 * Sixty calls at once on one processor, while the service must be started first. The relays wait for it, because one-shot
 * programs would take processor time from it. If the service never starts, the relays give up in time.
 *
 * The late service starts to listen at a fixed time after the first connection: later than the limit for a silent service
 * (2.4 s) and earlier than the limit for a starting one (6 s). So the machine's speed does not decide.
 */
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { limit } from "../../tools/slowness.ts";
import { describeWith } from "../support/needs.ts";
import { type Activated, activate, lateService } from "./apart.ts";
import { type Corner, type Ended, openCorner } from "./sandbox.ts";
import { answer } from "./service.ts";
import { BY_ONE_SHOT, LINES, printed } from "./table.ts";

const CALLS = 60;
const LATE_MS = 3000;
/** Maximum milliseconds that a one-shot program has left after the relay has waited 6 s. */
const LEFT_FOR_ONE_SHOT = 11_900 - 6000;
const NEVER = Number.POSITIVE_INFINITY;
/** The first processor that this process may use. */
const CPU = /^Cpus_allowed_list:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";

describeWith("relay-run", "a cold service and a crowd", () => {
  let corner: Corner;
  let service: Activated | undefined;
  beforeEach(async () => {
    corner = await openCorner();
  });
  afterEach(async () => {
    await service?.close();
    service = undefined;
    await corner?.close();
  });

  const crowd = (): Promise<Ended[]> =>
    Promise.all(
      Array.from({ length: CALLS }, (_, n) => corner.call([`user-${n}`, "SHA256:abc"], ["taskset", "-c", CPU])),
    );
  const serve = async (words: readonly string[]) => {
    service = await activate(corner.socket, words, CPU);
    return service;
  };
  const withins = () => corner.oneShots().calls.map(({ words }) => Number(words[3]));
  /**
   * Checks that every call was answered, and that no one-shot program began while the service was starting. On a busy
   * machine, one-shot programs answer the calls that have no answer after 6 s; on a quiet machine there are none.
   */
  const holds = (ended: readonly Ended[]) => {
    const served = ended.filter(({ stdout }) => stdout === LINES);
    process.stdout.write(`${served.length} of ${ended.length} by the service, ${withins().length} one-shot programs\n`);
    expect(ended.filter(({ stdout }) => stdout !== LINES && stdout !== BY_ONE_SHOT.stdout)).toEqual([]);
    expect(ended.filter(({ status }) => status !== 0)).toEqual([]);
    expect(withins().filter((ms) => ms > LEFT_FOR_ONE_SHOT)).toEqual([]);
    expect(served.length).toBeGreaterThan(0);
    expect(corner.oneShots().most).toBeLessThanOrEqual(4);
  };

  test("that has never run: all wait for it, and it answers all", { timeout: limit(60) }, async () => {
    await serve(lateService(LATE_MS, answer(0, LINES)));
    holds(await crowd());
  });

  test("that ended because it was idle: the same", { timeout: limit(60) }, async () => {
    const activated = await serve(lateService(LATE_MS, answer(0, LINES)));
    expect(await corner.call(["alice"])).toEqual(printed(LINES));
    await activated.endIdle();
    holds(await crowd());
    expect(activated.starts()).toBe(2);
  });

  test("that never starts: one-shot programs answer all, four at a time, with six seconds for the first", async () => {
    await serve(lateService(NEVER, answer(0)));
    const ended = await crowd();
    expect(ended).toEqual(ended.map(() => BY_ONE_SHOT));
    expect(corner.oneShots().most).toBeLessThanOrEqual(4);
    expect(withins()).toHaveLength(CALLS);
    expect(Math.max(...withins())).toBeLessThanOrEqual(LEFT_FOR_ONE_SHOT);
    expect(Math.max(...withins())).toBeGreaterThan(1000);
  });

  test("that fails again and again: the same", async () => {
    const activated = await serve(["false"]);
    const ended = await crowd();
    expect(ended).toEqual(ended.map(() => BY_ONE_SHOT));
    expect(corner.oneShots().most).toBeLessThanOrEqual(4);
    expect(activated.starts()).toBeGreaterThan(1);
  });

  test("that never starts, and no slots: nothing is printed, and every call fails", async () => {
    corner.removeSlots();
    await serve(lateService(NEVER, answer(0)));
    const ended = await crowd();
    // SIGALRM only if this processor is so busy that a tenth of a second is too little.
    const given = ended.filter(({ status, signal }) => status === 1 || signal === "SIGALRM");
    expect(given.map(({ stdout }) => stdout)).toEqual(ended.map(() => ""));
  });
});
