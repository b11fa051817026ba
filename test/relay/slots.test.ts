/** How the relay becomes the one-shot program, and the slots that it needs for that. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { describeWith } from "../support/needs.ts";
import { SHIPPED } from "./programs.ts";
import { openCorner } from "./sandbox.ts";
import { answer, end } from "./service.ts";
import { BY_ONE_SHOT, LINES, printed } from "./table.ts";
import { relayCorner } from "./test-corner.ts";

const NONSENSE = end(Buffer.from("nonsense"));

describeWith("relay-run", "the relay", () => {
  const corner = relayCorner();

  describe("becomes the one-shot program", () => {
    test("with the user, the fingerprint, its remaining time, one slot and the alarm", async () => {
      expect(await corner().call(["--config", "a b\n"])).toEqual(BY_ONE_SHOT);
      expect(await corner().call([""])).toEqual(BY_ONE_SHOT);
      const { calls } = corner().oneShots();
      const within = expect.stringMatching(/^11[5-9]\d\d$/);
      expect(calls).toEqual([
        {
          words: ["eic-agent", "authorized-keys", "--within", within, "--", "--config", "a b\n"],
          alarm: 13,
          descriptors: [3],
        },
        { words: ["eic-agent", "authorized-keys", "--within", within, "--", ""], alarm: 13, descriptors: [3] },
      ]);
    });

    test("and its exit status is the call's", async () => {
      corner().oneShotSays(0, 7);
      expect(await corner().call(["alice"])).toEqual({ ...BY_ONE_SHOT, status: 7 });
    });

    test("the connection is closed by it", async () => {
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      await corner().serve((socket) => {
        socket.once("close", () => resolve());
        socket.write("nonsense, and the connection stays open");
      });
      corner().oneShotSays(-1);
      const child = corner().start(["alice"]);
      await closed;
      expect(child.exitCode).toBe(null);
      child.kill("SIGKILL");
      await once(child, "exit");
    });

    test("no listener: a socket that a killed service left behind", async () => {
      const code = "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
      rmSync(corner().socket, { force: true });
      await once(spawn(process.execPath, ["-e", code, corner().socket], { stdio: "ignore" }), "exit");
      chmodSync(corner().socket, 0o666);
      expect(await corner().call(["alice"])).toEqual(BY_ONE_SHOT);
      rmSync(corner().socket);
    });

    test("the path is not a socket", async () => {
      writeFileSync(corner().socket, "");
      expect(await corner().call(["alice"])).toEqual(BY_ONE_SHOT);
      rmSync(corner().socket);
    });

    test("connecting to the socket is denied", async () => {
      const service = await corner().serve(end(answer(0, LINES)));
      chmodSync(corner().socket, 0o600);
      expect(await corner().call(["alice"])).toEqual(BY_ONE_SHOT);
      expect(service.asked).toEqual([]);
    });
  });

  describe("slots", () => {
    test("four are in use: the fifth waits for one, and gets it when one of them is killed", async () => {
      corner().oneShotSays(-1);
      const four = [1, 2, 3, 4].map((n) => corner().start([`user-${n}`]));
      await vi.waitFor(() => expect(corner().oneShots().calls).toHaveLength(4), 3000);
      corner().oneShotSays(0);
      // Without a free slot, the fifth call asks this service again and again, and gets no valid answer.
      const service = await corner().serve(NONSENSE);
      const fifth = corner().call(["fifth"]);
      await vi.waitFor(() => expect(service.asked.length).toBeGreaterThan(2), 3000);
      expect(corner().oneShots()).toMatchObject({ most: 4, calls: { length: 4 } });
      four[2]?.kill("SIGKILL");
      expect(await fifth).toEqual(BY_ONE_SHOT);
      for (const child of four) child.kill("SIGKILL");
      await Promise.all(four.map((child) => child.exitCode ?? child.signalCode ?? once(child, "exit")));
    });

    test("none is free: asks the service again, and gets an answer when it works", async () => {
      const bare = await openCorner();
      try {
        bare.removeSlots();
        const service = await bare.serve((socket, _, nth) => socket.end(nth < 3 ? "nonsense" : answer(0, LINES)));
        expect(await bare.call(["alice"])).toEqual(printed(LINES));
        expect(service.asked).toHaveLength(4);
      } finally {
        await bare.close();
      }
    });

    test("one is left, the last: it is used", async () => {
      const bare = await openCorner();
      try {
        bare.removeSlots(0, 1, 2);
        expect(await bare.call(["alice"])).toEqual(BY_ONE_SHOT);
      } finally {
        await bare.close();
      }
    });

    test("the one-shot program is missing: the service is asked again, and no slot is held meanwhile", async () => {
      const bare = await openCorner(SHIPPED, "");
      try {
        const service = await bare.serve((socket, _, nth) => socket.end(nth === 0 ? "nonsense" : answer(0, LINES)));
        expect(await bare.call(["alice"])).toEqual(printed(LINES));
        expect(service.asked).toHaveLength(2);
        // More failures than slots, and then the program is installed.
        await bare.serve((socket, _, nth) => {
          if (nth === 8) bare.installOneShot();
          socket.end("nonsense");
        });
        expect(await bare.call(["alice"])).toEqual(BY_ONE_SHOT);
      } finally {
        await bare.close();
      }
    });
  });
});
