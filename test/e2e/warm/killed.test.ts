/** Repeated kill -9 of the service during a hundred logins (on a slow machine fewer): all succeed, and it answers again. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { crowdOf } from "../../../tools/slowness.ts";
import { describeWith } from "../../support/needs.ts";
import { openWarmInstance, type PlayedService, SLOTS, type WarmInstance } from "../../support/warm-instance.ts";
import { type Lost, loggedIn, pushed } from "./logins.ts";

const LOGINS = crowdOf(100, 24);
/**
 * Calls that each service answers before it is killed, while others are asking. With 8, a service that takes half a second
 * to restart answers no faster than the crowd asks, and on a machine with fifty busy processes a login was sometimes lost.
 */
const ANSWERS = 16;

describeWith("warm-login", "a service that is killed in a loop", () => {
  let instance: WarmInstance;
  beforeAll(async () => {
    instance = await openWarmInstance();
  });
  afterAll(() => instance?.close());

  test(`${LOGINS} logins at once succeed, until two services were killed; the service answers the next one`, async ({
    annotate,
  }) => {
    const { service } = instance;
    const lost: Lost[] = [];
    let [asked, kills] = [0, 0];
    // A small crowd gets few more answers than one service gives.
    for (let rounds = 0; kills < 2 && rounds < 3; rounds += 1) {
      const logins = loggedIn(instance, await pushed(instance, LOGINS));
      kills += await killing(service, logins);
      lost.push(...(await logins));
      asked += LOGINS;
    }
    const oneShots = instance.oneShots();
    const said = `${asked - lost.length} of ${asked} in; ${kills} services killed; one-shot programs ${oneShots.length}`;
    process.stdout.write(`${said}\n`);
    await annotate(said);
    expect(lost).toEqual([]);
    expect(kills).toBeGreaterThan(1);
    expect(oneShots.filter((slot) => !SLOTS.some((one) => one === slot))).toEqual([]);

    const before = await service.status();
    expect(await loggedIn(instance, await pushed(instance, 1))).toEqual([]);
    const after = await service.status();
    expect(after.pid).toBe(before.pid);
    expect(after.answers.keys).toBe((before.answers.keys ?? 0) + 2);
    expect(instance.oneShots()).toEqual([]);
  });
});

/** Kills each service after ANSWERS answers. @returns the number of services killed until all logins had ended */
async function killing(service: PlayedService, logins: Promise<unknown>): Promise<number> {
  const over = logins.then(() => false);
  for (let kills = 0, from = 0; ; kills += 1) {
    // If no more answers come, the wait ends with the namespace.
    const answered = service.output.count(/^key-offered-to-sshd /, ANSWERS, from, 120_000).then(
      () => true,
      () => false,
    );
    if (!(await Promise.race([answered, over]))) return kills;
    const pid = service.pid();
    if (pid === undefined) throw new Error("it answered, and does not run");
    await service.signal("KILL");
    await service.ended(pid);
    from = service.output.lines.length;
  }
}
