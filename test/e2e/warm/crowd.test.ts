/** Two hundred logins at once (on a slow machine fewer), each with its own key, through a real sshd, relay and service. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Status } from "../../../src/service/telemetry/status.ts";
import { crowdOf } from "../../../tools/slowness.ts";
import { describeWith } from "../../support/needs.ts";
import { EXECUTABLE, openWarmInstance, SLOTS, type WarmInstance } from "../../support/warm-instance.ts";
import { loggedIn, pushed } from "./logins.ts";

const LOGINS = crowdOf(200, 40);
/** sshd runs the command twice for a login with the right key. */
const CALLS = 2 * LOGINS;

describeWith("warm-login", "a crowd", () => {
  let instance: WarmInstance;
  beforeAll(async () => {
    instance = await openWarmInstance();
  });
  afterAll(() => instance?.close());

  test(`of ${LOGINS} logins at once succeeds completely, and the service answers all`, async ({ annotate }) => {
    const people = await pushed(instance, LOGINS);
    const lost = await loggedIn(instance, people);
    const { stdout } = await instance.namespace.mustRun([EXECUTABLE, "status", "--json"]);
    const { calls, answers, milliseconds } = JSON.parse(stdout) as Status;
    const oneShots = instance.oneShots();
    const counted = `${calls.total} calls, answers ${JSON.stringify(answers)}, p99 ${milliseconds.p99} ms`;
    const said = `${LOGINS - lost.length} of ${LOGINS} in; ${counted}; one-shot programs ${oneShots.length}`;
    process.stdout.write(`${said}\n`);
    await annotate(said);
    expect(lost).toEqual([]);

    const { keys = 0, disconnected = 0, ...others } = answers;
    expect(others).toEqual({});
    // A relay that waited too long becomes a one-shot program and hangs up, perhaps before the service has seen its call.
    expect(keys).toBeGreaterThanOrEqual(CALLS - oneShots.length);
    expect(keys + disconnected).toBe(calls.total);
    expect(calls.total).toBeLessThanOrEqual(CALLS);
    // Never more than four one-shot programs at once: each had a slot. They are also the exception.
    expect(oneShots.filter((slot) => !SLOTS.some((one) => one === slot))).toEqual([]);
    expect(oneShots.length).toBeLessThan(CALLS / 10);
  });
});
