/**
 * Permission denied, as SELinux reports it if the policy lacks our module, and as file modes cause it. A denial lasts for a
 * whole call, so each path is tried only once: any client can make sshd call, and each attempt that SELinux denies is a line
 * in the host's audit log.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test, vi } from "vitest";
import { limit } from "../../tools/slowness.ts";
import { mustRun } from "../support/namespace-run.ts";
import { describeWith } from "../support/needs.ts";
import { SHIPPED } from "./programs.ts";
import { type Corner, openCorner } from "./sandbox.ts";
import { answer, end } from "./service.ts";
import { BY_ONE_SHOT, LINES, printed } from "./table.ts";

const GIVEN_UP = printed("", 1);
const SLOTS = ["0", "1", "2", "3"].map((slot) => `/run/eic-agent/slots/${slot}`);
const SOCKET = "/run/eic-agent/authorized-keys.sock";

describeWith("relay-traced", "permission denied", () => {
  /** Makes one call. Returns its result and the paths that the kernel denied, one entry for each denial. */
  async function traced(corner: Corner) {
    const folder = mkdtempSync(join(tmpdir(), "eic-denied-"));
    try {
      const log = join(folder, "log");
      const ended = await corner.call(["alice", "SHA256:abc"], ["strace", "-f", "-qq", "-o", log]);
      const lines = readFileSync(log, "utf8").split("\n");
      const denied = lines
        .filter((line) => line.includes("EACCES"))
        .map((line) => /"(\/[^"]*)"/.exec(line)?.[1] ?? line);
      return { ended, denied: denied.sort() };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const inCorner = (title: string, body: (corner: Corner) => Promise<void>) =>
    test(title, { timeout: limit(60) }, async () => {
      const corner = await openCorner(SHIPPED);
      try {
        await body(corner);
      } finally {
        await corner.close();
      }
    });

  inCorner("for the socket and the slots' folder: one attempt each, and the call has ended", async (corner) => {
    const service = await corner.serve(end(answer(0, LINES)));
    chmodSync(corner.socket, 0o600);
    chmodSync(corner.slots, 0o700);
    expect(await traced(corner)).toEqual({ ended: GIVEN_UP, denied: [SOCKET, ...SLOTS] });
    expect(service.asked).toEqual([]);
    expect(corner.oneShots().calls).toEqual([]);
  });

  inCorner("for the folder of both", async (corner) => {
    await corner.serve(end(answer(0, LINES)));
    chmodSync(dirname(corner.socket), 0o700);
    try {
      expect(await traced(corner)).toEqual({ ended: GIVEN_UP, denied: [SOCKET, ...SLOTS] });
    } finally {
      chmodSync(dirname(corner.socket), 0o755);
    }
  });

  inCorner("for the socket and each slot's file", async (corner) => {
    await corner.serve(end(answer(0, LINES)));
    chmodSync(corner.socket, 0o600);
    for (const slot of ["0", "1", "2", "3"]) chmodSync(join(corner.slots, slot), 0o600);
    expect(await traced(corner)).toEqual({ ended: GIVEN_UP, denied: [SOCKET, ...SLOTS] });
  });

  inCorner("for the socket and the one-shot program", async (corner) => {
    await corner.serve(end(answer(0, LINES)));
    chmodSync(corner.socket, 0o600);
    corner.forbidOneShot();
    expect(await traced(corner)).toEqual({ ended: GIVEN_UP, denied: [SOCKET, "/usr/bin/eic-agent"] });
  });

  inCorner("on a terminal, one line says so", async (corner) => {
    await corner.serve(end(answer(0, LINES)));
    chmodSync(corner.socket, 0o600);
    chmodSync(corner.slots, 0o700);
    const { stdout } = await mustRun(["script", "-qec", `${corner.shellWords(["alice"])} || true`, "/dev/null"]);
    expect(stdout.replaceAll("\r", "")).toBe(
      "authorized-keys: permission denied; `eic-agent doctor` looks for the cause\n",
    );
  });

  inCorner("for the socket only: the one-shot program answers", async (corner) => {
    await corner.serve(end(answer(0, LINES)));
    chmodSync(corner.socket, 0o600);
    expect(await traced(corner)).toEqual({ ended: BY_ONE_SHOT, denied: [SOCKET] });
  });

  inCorner(
    "for the socket, and the slots are taken: it waits for one, and does not try the socket again",
    async (corner) => {
      await corner.serve(end(answer(0, LINES)));
      chmodSync(corner.socket, 0o600);
      corner.oneShotSays(-1);
      const four = [1, 2, 3, 4].map((n) => corner.start([`user-${n}`]));
      await vi.waitFor(() => expect(corner.oneShots().calls).toHaveLength(4), 3000);
      corner.oneShotSays(0);
      const fifth = traced(corner);
      // Frees a slot. The socket was denied once and is not tried again.
      setTimeout(() => four[1]?.kill("SIGKILL"), 500);
      expect(await fifth).toEqual({ ended: BY_ONE_SHOT, denied: [SOCKET] });
      for (const child of four) child.kill("SIGKILL");
    },
  );

  inCorner("for one slot: the next one is taken", async (corner) => {
    chmodSync(join(corner.slots, "0"), 0o600);
    expect(await traced(corner)).toEqual({ ended: BY_ONE_SHOT, denied: [SLOTS[0]] });
  });

  inCorner(
    "for the slots, with a service that is silent for long: each slot once, and the late answer counts",
    async (corner) => {
      chmodSync(corner.slots, 0o700);
      await corner.serve((socket) => void setTimeout(() => socket.end(answer(0, LINES)), 3200));
      expect(await traced(corner)).toEqual({ ended: printed(LINES), denied: SLOTS });
    },
  );

  inCorner("for the slots, without a socket: one may appear, and is used", async (corner) => {
    chmodSync(corner.slots, 0o700);
    const call = traced(corner);
    setTimeout(() => void corner.serve(end(answer(0, LINES))), 500);
    expect(await call).toEqual({ ended: printed(LINES), denied: SLOTS });
  });
});
