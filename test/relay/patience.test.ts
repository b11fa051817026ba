/**
 * Waits of the relay: for a silent, busy or frozen service, for a slot, for a reader. The tests run concurrently, since each
 * takes several seconds. No time is measured: the call's own exit status shows that it ended in time, because the alarm
 * would have left a signal.
 */
import { chmodSync, closeSync, constants, openSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { limit } from "../../tools/slowness.ts";
import { mustRun } from "../support/namespace-run.ts";
import { describeWith } from "../support/needs.ts";
import { serveApart } from "./apart.ts";
import { LATE, SANITIZED, SHIPPED } from "./programs.ts";
import { type Corner, type Ended, endOf, openCorner } from "./sandbox.ts";
import { answer, end } from "./service.ts";
import { BY_ONE_SHOT, LINES, LONGEST, printed } from "./table.ts";

const GIVEN_UP = printed("", 1);
const BY_ALARM = { status: null, signal: "SIGALRM", stdout: "", stderr: "" };
/** Milliseconds left of 11.9 s after the relay has waited 2.4 s for a silent service. */
const AFTER_SILENCE = 11_900 - 2400;

const withinOf = (corner: Corner): number[] => corner.oneShots().calls.map(({ words }) => Number(words[3]));

/** Defines a test that has a separate corner. */
function inCorner(title: string, body: (corner: Corner) => Promise<void>, form = SHIPPED): void {
  test(title, { timeout: limit(60) }, async () => {
    const corner = await openCorner(form);
    try {
      await body(corner);
    } finally {
      await corner.close();
    }
  });
}

describe.concurrent("patience", () => {
  describeWith("relay-run", "a service that is silent", () => {
    for (const [name, form] of Object.entries({ SHIPPED, SANITIZED })) {
      inCorner(
        `for 2.4 s: a slot is taken (${name.toLowerCase()})`,
        async (corner) => {
          const service = await corner.serve(() => {});
          expect(await corner.call(["alice", "SHA256:abc"])).toEqual(BY_ONE_SHOT);
          expect(service.asked).toHaveLength(1);
          // The slot's descriptor, not the connection's.
          expect(corner.oneShots().calls).toMatchObject([{ descriptors: { length: 1 } }]);
          expect(withinOf(corner)[0]).toBeLessThanOrEqual(AFTER_SILENCE);
          expect(withinOf(corner)[0]).toBeGreaterThanOrEqual(500);
        },
        form,
      );
    }

    inCorner("without a slot: waits longer, on the same connection, and uses the late answer", async (corner) => {
      corner.removeSlots();
      const service = await corner.serve((socket) => void setTimeout(() => socket.end(answer(0, LINES)), 3500));
      expect(await corner.call(["alice"])).toEqual(printed(LINES));
      expect(service.asked).toHaveLength(1);
    });

    inCorner("to the end, without a slot: exit 1, not the alarm", async (corner) => {
      corner.removeSlots();
      const service = await corner.serve(() => {});
      expect(await corner.call(["alice"])).toEqual(GIVEN_UP);
      expect(service.asked).toHaveLength(1);
    });

    inCorner("in the middle of an answer: no byte of it is printed", async (corner) => {
      await corner.serve((socket) => void socket.write(answer(0, LINES).subarray(0, -1)));
      expect(await corner.call(["alice"])).toEqual(BY_ONE_SHOT);
      expect(withinOf(corner)[0]).toBeLessThanOrEqual(AFTER_SILENCE);
    });

    inCorner("after a complete answer, without closing: it is not valid yet", async (corner) => {
      await corner.serve((socket) => void socket.write(answer(0, LINES)));
      expect(await corner.call(["alice"])).toEqual(BY_ONE_SHOT);
      expect(withinOf(corner)[0]).toBeLessThanOrEqual(AFTER_SILENCE);
    });

    inCorner("except for a byte now and then: bytes are not an answer", async (corner) => {
      await corner.serve((socket) => {
        const whole = answer(0, LINES);
        let at = 0;
        const timer = setInterval(() => socket.write(whole.subarray(at, ++at)), 300);
        socket.once("close", () => clearInterval(timer));
      });
      expect(await corner.call(["alice"])).toEqual(BY_ONE_SHOT);
      expect(withinOf(corner)[0]).toBeLessThanOrEqual(AFTER_SILENCE);
    });

    inCorner("after it said busy: its 2.4 s begin again", async (corner) => {
      await corner.serve((socket, _, nth) => {
        if (nth < 4) socket.end(answer(3));
      });
      expect(await corner.call(["alice"])).toEqual(BY_ONE_SHOT);
      // At least four waits of 50 ms have passed before.
      expect(withinOf(corner)[0]).toBeLessThanOrEqual(AFTER_SILENCE - 4 * 50);
    });
  });

  describeWith("relay-run", "a busy host", () => {
    test("that suspends the relay itself for three seconds: an answer that has arrived counts, and a request that was not sent yet has its time", async () => {
      await mustRun([LATE]);
    });
  });

  describeWith("relay-run", "no answer available", () => {
    inCorner("busy for ever: exit 1, not the alarm, and no one-shot program", async (corner) => {
      const service = await corner.serve(end(answer(3)));
      expect(await corner.call(["alice"])).toEqual(GIVEN_UP);
      // One request every 50 to 150 ms, and a little more, in 11.9 s.
      expect(service.asked.length).toBeGreaterThan(10);
      expect(service.asked.length).toBeLessThanOrEqual(11_900 / 50 + 1);
      expect(corner.oneShots().calls).toEqual([]);
    });

    inCorner("no service and no slots: exit 1", async (corner) => {
      corner.removeSlots();
      expect(await corner.call(["alice"])).toEqual(GIVEN_UP);
    });

    inCorner("a slot is released when less than half a second is left: it is not used", async (corner) => {
      corner.removeSlots();
      await corner.serve((socket, _, nth) => {
        // The call began before its first request.
        if (nth === 0) setTimeout(() => corner.addSlot(0), 11_450);
        socket.end("nonsense");
      });
      expect(await corner.call(["alice"])).toEqual(GIVEN_UP);
      expect(corner.oneShots().calls).toEqual([]);
    });

    inCorner("no folder at all: exit 1", async (corner) => {
      rmSync(dirname(corner.socket), { recursive: true });
      expect(await corner.call(["alice"])).toEqual(GIVEN_UP);
    });

    inCorner("a slot that is a link to a file, and one that is not readable: no slots", async (corner) => {
      corner.removeSlots(0, 1, 2);
      await mustRun(["touch", join(corner.slots, "somewhere")]);
      await mustRun(["ln", "-s", "somewhere", join(corner.slots, "0")]);
      chmodSync(join(corner.slots, "3"), 0o600);
      expect(await corner.call(["alice"])).toEqual(GIVEN_UP);
      expect(corner.oneShots().calls).toEqual([]);
    });
  });

  describeWith("relay-run", "the alarm", () => {
    inCorner("ends the one-shot program that the relay became", async (corner) => {
      corner.oneShotSays(-1);
      expect(await corner.call(["alice"])).toEqual(BY_ALARM);
      expect(corner.oneShots().calls).toHaveLength(1);
    });

    inCorner("even if the caller had ignored and blocked it", async (corner) => {
      corner.oneShotSays(-1);
      const before = ["env", "--ignore-signal=ALRM", "--block-signal=ALRM"];
      expect(await corner.call(["alice"], before)).toEqual(BY_ALARM);
    });

    inCorner("ends a relay whose answer is not read", async (corner) => {
      await corner.serve(end(answer(0, LONGEST)));
      expect(await unread(corner, constants.O_RDWR)).toEqual(BY_ALARM);
    });

    inCorner("is not needed if standard output does not block: exit 1", async (corner) => {
      await corner.serve(end(answer(0, LONGEST)));
      expect(await unread(corner, constants.O_RDWR | constants.O_NONBLOCK)).toEqual(GIVEN_UP);
    });
  });

  describeWith("relay-run", "a service that is frozen", () => {
    inCorner("with a full queue: as silent as with an accepted connection", async (corner) => {
      const service = await serveApart(corner.socket, 1);
      try {
        await service.freeze();
        const ended = await Promise.all(Array.from({ length: 8 }, (_, n) => corner.call([`user-${n}`])));
        expect(ended).toEqual(ended.map(() => BY_ONE_SHOT));
        expect(Math.max(...withinOf(corner))).toBeLessThanOrEqual(AFTER_SILENCE);
      } finally {
        await service.end();
      }
    });
  });
});

/** Runs a call whose standard output is a pipe that stays full. */
async function unread(corner: Corner, flags: number): Promise<Ended> {
  const fifo = join(dirname(corner.socket), "fifo");
  await mustRun(["mkfifo", fifo]);
  const pipe = openSync(fifo, flags);
  try {
    return await endOf(corner.start(["alice"], ["sh", "-c", 'exec "$@" >&3 3>&-', "sh"], [pipe]));
  } finally {
    closeSync(pipe);
  }
}
