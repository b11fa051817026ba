/** Sixty logins at once (on a slow machine fewer) on one processor, through a real sshd. The idle service has just ended. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { crowdOf } from "../../../tools/slowness.ts";
import { describeWith } from "../../support/needs.ts";
import { openWarmInstance, SLOTS, type WarmInstance } from "../../support/warm-instance.ts";
import { loggedIn, pushed } from "./logins.ts";

const LOGINS = crowdOf(60, 20);
/** sshd runs the command twice for a login with the right key. */
const CALLS = 2 * LOGINS;
/**
 * Seconds before the service starts: it answers later than the relay waits for a silent one (2.4 s), and earlier than the
 * relay waits for one that is starting (6 s). The rest is for the start itself, which takes longer on a slow machine.
 */
const LATE = 2.5;
/** The first processor that this process may use. */
const CPU = /^Cpus_allowed_list:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";

describeWith("warm-login", "a cold service and a crowd", () => {
  let instance: WarmInstance;
  beforeAll(async () => {
    instance = await openWarmInstance();
  });
  afterAll(() => instance?.close());

  test(`${LOGINS} logins succeed, and few one-shot programs are started`, async ({ annotate }) => {
    const { service } = instance;
    const people = await pushed(instance, LOGINS);
    await service.stop();
    await service.start(["taskset", "-c", CPU, "sh", "-c", `sleep ${LATE}; exec "$@"`, "sh"]);
    const lost = await loggedIn(instance, people);
    const oneShots = instance.oneShots();
    const { calls, answers } = await service.status();
    const counted = `${calls.total} calls of the service, answers ${JSON.stringify(answers)}`;
    const said = `${LOGINS - lost.length} of ${LOGINS} in; one-shot programs ${oneShots.length}; ${counted}`;
    process.stdout.write(`${said}\n`);
    await annotate(said);
    expect(lost).toEqual([]);
    expect(oneShots.filter((slot) => !SLOTS.some((one) => one === slot))).toEqual([]);
    expect(oneShots.length).toBeLessThan(CALLS / 10);
  });
});
