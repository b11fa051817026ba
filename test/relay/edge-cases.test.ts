/** The relay's descriptors, signals, slots and chained command, and the sockets that it does not trust. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  constants,
  createReadStream,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { mustRun } from "../support/namespace-run.ts";
import { describeWith } from "../support/needs.ts";
import { SHIPPED } from "./programs.ts";
import { type Corner, endOf, openCorner } from "./sandbox.ts";
import { AGENT_ID, answer, end } from "./service.ts";
import { BY_ONE_SHOT, LINES, LONGEST, printed } from "./table.ts";

const NONSENSE = end(Buffer.from("nonsense"));
/** Command that precedes the relay's own, to run it from a shell with `redirection`. */
const shell = (redirection: string) => ["sh", "-c", `exec "$@" ${redirection}`, "sh"];

describeWith("relay-run", "the relay", () => {
  let corner: Corner;
  beforeAll(async () => {
    corner = await openCorner();
  });
  afterAll(() => corner?.close());
  beforeEach(async () => {
    await corner.stopService();
    corner.forgetOneShots();
    corner.oneShotSays(0);
  });

  describe("standard output", () => {
    test("a pipe: the longest answer, complete", async () => {
      await corner.serve(end(answer(0, LONGEST)));
      const { stdout, stderr } = await corner.call(["alice"], ["sh", "-c", '{ "$@"; echo "$?" >&2; } | cat', "sh"]);
      expect(stdout === LONGEST).toBe(true);
      expect(stderr).toBe("0\n");
    });

    test("a non-blocking pipe: the longest answer, complete", async () => {
      await corner.serve(end(answer(0, LONGEST)));
      const fifo = join(dirname(corner.socket), "fifo");
      await mustRun(["mkfifo", fifo]);
      const reading = createReadStream(fifo, { encoding: "latin1" });
      const writing = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
      const ended = endOf(corner.start(["alice"], shell(">&3 3>&-"), [writing]));
      let read = "";
      for await (const text of reading) {
        read += text;
        if (read.length >= LONGEST.length) break;
      }
      rmSync(fifo);
      expect(await ended).toEqual(printed(""));
      expect(read === LONGEST).toBe(true);
    });

    test("a file: the lines", async () => {
      await corner.serve(end(answer(0, LINES)));
      const file = join(dirname(corner.socket), "lines");
      expect(await corner.call(["alice"], shell(`>'${file}'`))).toEqual(printed(""));
      expect(readFileSync(file, "latin1")).toBe(LINES);
    });

    test("its reader goes away before the answer: not a failure", async () => {
      const { promise: asked, resolve } = Promise.withResolvers<() => void>();
      await corner.serve((socket) => resolve(() => socket.end(answer(0, LONGEST))));
      const child = corner.start(["alice"]);
      const say = await asked;
      child.stdout?.destroy();
      await once(child.stdout ?? child, "close");
      const ended = once(child, "exit");
      say();
      expect(await ended).toEqual([0, null]);
    });

    test("full: status 1", async () => {
      await corner.serve(end(answer(0, LINES)));
      expect(await corner.call(["alice"], shell(">/dev/full"))).toEqual(printed("", 1));
    });

    test.each([
      { closed: ">&-", lines: LINES, expected: printed("", 1) },
      { closed: "<&- >&- 2>&-", lines: LINES, expected: printed("", 1) },
      { closed: ">&-", lines: "", expected: printed("") },
      { closed: "<&- 2>&-", lines: LINES, expected: printed(LINES) },
      { closed: "<&-", lines: LINES, expected: printed(LINES) },
    ])("$closed, with the answer $lines: exit $expected.status", async ({ closed, lines, expected }) => {
      const service = await corner.serve(end(answer(0, lines)));
      expect(await corner.call(["alice"], shell(closed))).toEqual(expected);
      expect(service.asked).toEqual([{ user: "alice", fingerprint: undefined }]);
    });

    test("closed, and no service: a slot's file does not become standard output either", async () => {
      expect(await corner.call(["alice"], shell("<&- >&- 2>&-"))).toMatchObject({ stdout: "", signal: null });
      expect(corner.oneShots().calls).toMatchObject([{ descriptors: [3] }]);
    });
  });

  describe("becomes the one-shot program", () => {
    test("with the user, the fingerprint, its remaining time, one slot and the alarm", async () => {
      expect(await corner.call(["--config", "a b\n"])).toEqual(BY_ONE_SHOT);
      expect(await corner.call([""])).toEqual(BY_ONE_SHOT);
      const { calls } = corner.oneShots();
      const within = expect.stringMatching(/^11[5-9]\d\d$/);
      expect(calls).toEqual([
        {
          words: ["eic-agent", "authorized-keys", "--within", within, "--", "--config", "a b\n"],
          alarm: 12,
          descriptors: [3],
        },
        { words: ["eic-agent", "authorized-keys", "--within", within, "--", ""], alarm: 12, descriptors: [3] },
      ]);
    });

    test("and its exit status is the call's", async () => {
      corner.oneShotSays(0, 7);
      expect(await corner.call(["alice"])).toEqual({ ...BY_ONE_SHOT, status: 7 });
    });

    test("the connection is closed by it", async () => {
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      await corner.serve((socket) => {
        socket.once("close", () => resolve());
        socket.write("nonsense, and the connection stays open");
      });
      corner.oneShotSays(-1);
      const child = corner.start(["alice"]);
      await closed;
      expect(child.exitCode).toBe(null);
      child.kill("SIGKILL");
      await once(child, "exit");
    });

    test("no listener: a socket that a killed service left behind", async () => {
      const code = "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
      rmSync(corner.socket, { force: true });
      await once(spawn(process.execPath, ["-e", code, corner.socket], { stdio: "ignore" }), "exit");
      chmodSync(corner.socket, 0o666);
      expect(await corner.call(["alice"])).toEqual(BY_ONE_SHOT);
      rmSync(corner.socket);
    });

    test("the path is not a socket", async () => {
      writeFileSync(corner.socket, "");
      expect(await corner.call(["alice"])).toEqual(BY_ONE_SHOT);
      rmSync(corner.socket);
    });

    test("connecting to the socket is denied", async () => {
      const service = await corner.serve(end(answer(0, LINES)));
      chmodSync(corner.socket, 0o600);
      expect(await corner.call(["alice"])).toEqual(BY_ONE_SHOT);
      expect(service.asked).toEqual([]);
    });
  });

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
      const at = dirname(corner.socket);
      const service = await corner.serve(end(answer(0, "forged\n")), { owner: socket });
      chownSync(at, folder, 0);
      chmodSync(at, mode);
      try {
        expect(await corner.call(["alice", "SHA256:abc"])).toEqual(BY_ONE_SHOT);
      } finally {
        chownSync(at, 0, 0);
        chmodSync(at, 0o755);
      }
      expect(service.asked).toEqual([]);
    });

    test("a socket behind a link in the place of the folder", async () => {
      const at = dirname(corner.socket);
      const service = await corner.serve(end(answer(0, "forged\n")));
      renameSync(at, `${at}-elsewhere`);
      symlinkSync("eic-agent-elsewhere", at);
      try {
        expect(await corner.call(["alice", "SHA256:abc"])).toEqual(BY_ONE_SHOT);
      } finally {
        rmSync(at);
        renameSync(`${at}-elsewhere`, at);
      }
      expect(service.asked).toEqual([]);
    });
  });

  describe("a connection that is closed without data", () => {
    test("means that the service ended: the next one is asked, and no one-shot program is started", async () => {
      const service = await corner.serve((socket, _, nth) => socket.end(nth === 0 ? "" : answer(0, LINES)));
      expect(await corner.call(["alice"])).toEqual(printed(LINES));
      expect(service.asked).toHaveLength(2);
      expect(corner.oneShots().calls).toEqual([]);
    });

    test("twice, is not a valid answer", async () => {
      const service = await corner.serve((socket) => socket.destroy());
      expect(await corner.call(["alice"])).toEqual(BY_ONE_SHOT);
      expect(service.asked).toHaveLength(2);
    });

    test("and then no listener: no answer", async () => {
      await corner.serve((socket) => {
        rmSync(corner.socket);
        socket.end();
      });
      expect(await corner.call(["alice"])).toEqual(BY_ONE_SHOT);
    });
  });

  describe("slots", () => {
    test("four are in use: the fifth waits for one, and gets it when one of them is killed", async () => {
      corner.oneShotSays(-1);
      const four = [1, 2, 3, 4].map((n) => corner.start([`user-${n}`]));
      await vi.waitFor(() => expect(corner.oneShots().calls).toHaveLength(4), 3000);
      corner.oneShotSays(0);
      // Without a free slot, the fifth call asks this service again and again, and gets no valid answer.
      const service = await corner.serve(NONSENSE);
      const fifth = corner.call(["fifth"]);
      await vi.waitFor(() => expect(service.asked.length).toBeGreaterThan(2), 3000);
      expect(corner.oneShots()).toMatchObject({ most: 4, calls: { length: 4 } });
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

  test("with another command, and the standard descriptors closed: files opened there are not mistaken for them", async () => {
    await corner.call(["alice", "SHA256:abc", "--", "/usr/bin/other"], shell("<&- >&- 2>&-"));
    expect(corner.oneShots().calls).toMatchObject([{ descriptors: [] }]);
  });

  test("on a terminal, one line says why", async () => {
    const said = async (words: readonly string[]) => {
      const { stdout } = await mustRun(["script", "-qec", `${corner.shellWords(words)} || true`, "/dev/null"]);
      return stdout.replaceAll("\r", "");
    };
    expect(await said([])).toBe("authorized-keys: USER [FINGERPRINT [-- OTHER COMMAND...]]\n");
    expect(await said(["x".repeat(2000)])).toBe("authorized-keys: USER and FINGERPRINT are too long\n");
    await corner.serve(end(answer(1)));
    expect(await said(["alice"])).toBe("authorized-keys: the service gave no keys; the log says why\n");
  });

  test("it holds less than a megabyte of memory", async ({ annotate }) => {
    const { promise: asked, resolve } = Promise.withResolvers<() => void>();
    await corner.serve((socket) => resolve(() => socket.end(answer(0, LINES))));
    const child = corner.start(["alice", "SHA256:abc"]);
    const ended = endOf(child);
    const say = await asked;
    const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
    say();
    expect(await ended).toEqual(printed(LINES));
    const peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
    await annotate(`peak: ${peak} kB`);
    expect(status).toMatch(/^Name:\tauthorized-keys$/m);
    expect(peak).toBeGreaterThan(0);
    expect(peak).toBeLessThan(1024);
  });
});
