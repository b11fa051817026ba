/** Sockets that the relay does not trust, and connections that are closed without an answer. */
import { chmodSync, chownSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { AGENT_ID, answer, end } from "./service.ts";
import { BY_ONE_SHOT, LINES, printed } from "./table.ts";
import { relayCorner } from "./test-corner.ts";

describeWith("relay-run", "the relay", () => {
  const corner = relayCorner();

  describe("gets no request and is not trusted:", () => {
    const STRANGER = 64_002;
    const untouched = { folder: 0, mode: 0o755, socket: 0 };
    test.each([
      { about: "a socket of another user", ...untouched, socket: STRANGER },
      { about: "a socket of the relay's own user", ...untouched, socket: AGENT_ID },
      { about: "a socket in a folder of another user", ...untouched, folder: STRANGER },
      { about: "a socket in a folder that others may write to", ...untouched, mode: 0o757 },
      { about: "a socket in a folder that its group may write to", ...untouched, mode: 0o775 },
    ])("$about", async ({ folder, mode, socket }) => {
      const at = dirname(corner().socket);
      const service = await corner().serve(end(answer(0, "forged\n")), { owner: socket });
      chownSync(at, folder, 0);
      chmodSync(at, mode);
      try {
        expect(await corner().call(["alice", "SHA256:abc"])).toEqual(BY_ONE_SHOT);
      } finally {
        chownSync(at, 0, 0);
        chmodSync(at, 0o755);
      }
      expect(service.asked).toEqual([]);
    });

    test("a socket behind a link in the place of the folder", async () => {
      const at = dirname(corner().socket);
      const service = await corner().serve(end(answer(0, "forged\n")));
      renameSync(at, `${at}-elsewhere`);
      symlinkSync("eic-agent-elsewhere", at);
      try {
        expect(await corner().call(["alice", "SHA256:abc"])).toEqual(BY_ONE_SHOT);
      } finally {
        rmSync(at);
        renameSync(`${at}-elsewhere`, at);
      }
      expect(service.asked).toEqual([]);
    });
  });

  describe("a connection that is closed without data", () => {
    test("means that the service ended: the next one is asked, and no one-shot program is started", async () => {
      const service = await corner().serve((socket, _, nth) => socket.end(nth === 0 ? "" : answer(0, LINES)));
      expect(await corner().call(["alice"])).toEqual(printed(LINES));
      expect(service.asked).toHaveLength(2);
      expect(corner().oneShots().calls).toEqual([]);
    });

    test("twice, is not a valid answer", async () => {
      const service = await corner().serve((socket) => socket.destroy());
      expect(await corner().call(["alice"])).toEqual(BY_ONE_SHOT);
      expect(service.asked).toHaveLength(2);
    });

    test("and then no listener: no answer", async () => {
      await corner().serve((socket) => {
        rmSync(corner().socket);
        socket.end();
      });
      expect(await corner().call(["alice"])).toEqual(BY_ONE_SHOT);
    });
  });
});
