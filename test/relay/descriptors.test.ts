/** The relay's descriptors, what it writes to standard output and to a terminal, and its memory. */
import { once } from "node:events";
import { constants, createReadStream, openSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { mustRun } from "../support/namespace-run.ts";
import { describeWith } from "../support/needs.ts";
import { endOf } from "./sandbox.ts";
import { answer, end } from "./service.ts";
import { LINES, LONGEST, printed } from "./table.ts";
import { relayCorner, shell } from "./test-corner.ts";

describeWith("relay-run", "the relay", () => {
  const corner = relayCorner();

  describe("standard output", () => {
    test("a pipe: the longest answer, complete", async () => {
      await corner().serve(end(answer(0, LONGEST)));
      const { stdout, stderr } = await corner().call(["alice"], ["sh", "-c", '{ "$@"; echo "$?" >&2; } | cat', "sh"]);
      expect(stdout === LONGEST).toBe(true);
      expect(stderr).toBe("0\n");
    });

    test("a non-blocking pipe: the longest answer, complete", async () => {
      await corner().serve(end(answer(0, LONGEST)));
      const fifo = join(dirname(corner().socket), "fifo");
      await mustRun(["mkfifo", fifo]);
      const reading = createReadStream(fifo, { encoding: "latin1" });
      const writing = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
      const ended = endOf(corner().start(["alice"], shell(">&3 3>&-"), [writing]));
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
      await corner().serve(end(answer(0, LINES)));
      const file = join(dirname(corner().socket), "lines");
      expect(await corner().call(["alice"], shell(`>'${file}'`))).toEqual(printed(""));
      expect(readFileSync(file, "latin1")).toBe(LINES);
    });

    test("its reader goes away before the answer: not a failure", async () => {
      const { promise: asked, resolve } = Promise.withResolvers<() => void>();
      await corner().serve((socket) => resolve(() => socket.end(answer(0, LONGEST))));
      const child = corner().start(["alice"]);
      const say = await asked;
      child.stdout?.destroy();
      await once(child.stdout ?? child, "close");
      const ended = once(child, "exit");
      say();
      expect(await ended).toEqual([0, null]);
    });

    test("full: status 1", async () => {
      await corner().serve(end(answer(0, LINES)));
      expect(await corner().call(["alice"], shell(">/dev/full"))).toEqual(printed("", 1));
    });

    test.each([
      { closed: ">&-", lines: LINES, expected: printed("", 1) },
      { closed: "<&- >&- 2>&-", lines: LINES, expected: printed("", 1) },
      { closed: ">&-", lines: "", expected: printed("") },
      { closed: "<&- 2>&-", lines: LINES, expected: printed(LINES) },
      { closed: "<&-", lines: LINES, expected: printed(LINES) },
    ])("$closed, with the answer $lines: exit $expected.status", async ({ closed, lines, expected }) => {
      const service = await corner().serve(end(answer(0, lines)));
      expect(await corner().call(["alice"], shell(closed))).toEqual(expected);
      expect(service.asked).toEqual([{ user: "alice", fingerprint: undefined }]);
    });

    test("closed, and no service: a slot's file does not become standard output either", async () => {
      expect(await corner().call(["alice"], shell("<&- >&- 2>&-"))).toMatchObject({ stdout: "", signal: null });
      expect(corner().oneShots().calls).toMatchObject([{ descriptors: [3] }]);
    });
  });

  test("with another command, and the standard descriptors closed: files opened there are not mistaken for them", async () => {
    await corner().call(["alice", "SHA256:abc", "--", "/usr/bin/other"], shell("<&- >&- 2>&-"));
    expect(corner().oneShots().calls).toMatchObject([{ descriptors: [] }]);
  });

  test("on a terminal, one line says why", async () => {
    const said = async (words: readonly string[]) => {
      const { stdout } = await mustRun(["script", "-qec", `${corner().shellWords(words)} || true`, "/dev/null"]);
      return stdout.replaceAll("\r", "");
    };
    expect(await said([])).toBe("authorized-keys: USER [FINGERPRINT [-- OTHER COMMAND...]]\n");
    expect(await said(["x".repeat(2000)])).toBe("authorized-keys: USER and FINGERPRINT are too long\n");
    await corner().serve(end(answer(1)));
    expect(await said(["alice"])).toBe("authorized-keys: the service gave no keys; the log says why\n");
  });

  test("it holds less than a megabyte of memory", async ({ annotate }) => {
    const { promise: asked, resolve } = Promise.withResolvers<() => void>();
    await corner().serve((socket) => resolve(() => socket.end(answer(0, LINES))));
    const child = corner().start(["alice", "SHA256:abc"]);
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
