/** High load on an installed machine, which needs all processors: hundreds of calls, and a service that is killed. */
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { atOnce } from "../calls.ts";
import * as operator from "../operator.ts";
import { OTHER_TWO, releaseStory, stories, story, TWO } from "../scenario.ts";
import * as service from "../service.ts";

/** Maximum number of simultaneous one-shot programs (docs/relay.md). */
const SLOTS = 4;

/** Milliseconds, far less than a login takes. */
const KILL_EVERY = 100;

stories("a crowd", () => {
  releaseStory("killed (-9) repeatedly: every login succeeds, and afterwards it answers", TWO, async (machine) => {
    await operator.install(machine);
    let over = false;
    const killing = async () => {
      // Without a pause the kill loop itself would take one of two processors from the logins.
      for (; !over; await pause(KILL_EVERY)) await machine.trySh(`systemctl kill --signal=KILL ${service.SERVICE}`);
    };
    const logins = async () => {
      try {
        for (let round = 0; round < 5; round += 1) {
          // A new key for each round: all rounds together may take longer than a key is valid.
          const key = await machine.pushed("alice");
          const login = () => service.opens(machine, "alice", key);
          await Promise.all([login(), login(), login(), login()]);
        }
      } finally {
        over = true;
      }
    };
    await Promise.all([killing(), logins()]);
    const deaths = await machine.sh(`journalctl --quiet --no-pager --output=cat _PID=1 --grep='code=killed, status=9'`);
    expect(deaths.split("\n").length).toBeGreaterThan(3);
    await service.socketIsUp(machine);
    await service.serviceLetsIn(machine);
  });

  story(
    "two hundred calls at once: all correct; without it, at most four programs, and no wrong answer",
    OTHER_TWO,
    async (machine) => {
      await operator.install(machine);
      const pushed = { user: "alice", key: await machine.pushed("alice") } as const;
      const warm = await atOnce(machine, pushed, 200);
      expect(warm).toMatchObject({ calls: 200, right: 200, unanswered: 0, wrong: [] });
      expect(warm.programs).toBeLessThanOrEqual(1 + SLOTS);
      await service.socketIsUp(machine);

      await machine.sh(`systemctl stop ${service.SOCKET} ${service.SERVICE}`);
      const cold = await atOnce(machine, pushed, 200);
      expect(cold).toMatchObject({ calls: 200, unanswered: 200 - cold.right, wrong: [] });
      expect(cold.right).toBeGreaterThan(0);
      expect(cold.programs).toBeGreaterThan(0);
      expect(cold.programs).toBeLessThanOrEqual(SLOTS);
      await machine.sh(`systemctl start ${service.SOCKET}`);
      await service.serviceLetsIn(machine);
    },
    // From one-shot programs that reached their deadline: under overload a login may be lost.
    { expected: /^fault user=alice .*code=(METADATA_TIMEOUT|METADATA_UNREACHABLE|OUTPUT_FAILED) / },
  );
});
