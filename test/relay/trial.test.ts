/**
 * The program of a trial: sshd gets the answer of the command that decides, whatever happens to eic-agent. Each case is also
 * run without the program, and the two results must be the same.
 */
import { chmodSync, chownSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { type Form, SANITIZED, SHIPPED } from "./programs.ts";
import { answer, end } from "./service.ts";
import { relayCorner } from "./test-corner.ts";

const COMMAND = "/usr/bin/command";

describeWith("relay-run", "the program of a trial, as shipped", () => describeTrial(SHIPPED));
describeWith("relay-run", "the program of a trial, with sanitizers", () => describeTrial(SANITIZED));

/** The report that the relay passes on: how the command ended, and its output. */
const REPORTS = {
  "print keys exit 0": "\x00keys",
  "exit 0": "\x00",
  "print keys exit 3": "\x01keys",
  "print keys kill 9": "\x01keys",
  "kill 15": "\x01",
  "bytes 32768": `\x00${digits(32768)}`,
  "bytes 32769": "\x02",
  "bytes 300000": "\x02",
  "print keys close exit 0": "\x00keys",
  "print now leave 50": "\x00nowlate",
} as const;

function digits(length: number): string {
  return Array.from({ length }, (_, at) => (length - at) % 10).join("");
}

function describeTrial(form: Form): void {
  const corner = relayCorner(form);
  afterEach(() => corner().quiet());

  describe("passes on what the command does, and reports it to the service", () => {
    test.each(Object.entries(REPORTS))("%s", async (words, report) => {
      const service = await corner().serve(end(answer(0)));
      const command = [COMMAND, ...words.split(" ")];
      expect(await corner().trial(command)).toEqual(await corner().direct(command));
      await corner().quiet();
      expect(service.asked).toEqual([{ user: "alice", fingerprint: "SHA256:x", report }]);
      expect(corner().oneShots().calls).toEqual([]);
    });
  });

  test("gives the command its words, variables, descriptors and signals as sshd gives them", async () => {
    await corner().serve(end(answer(0)));
    const command = [COMMAND, "show", "--", "a b", "", "%u"];
    const seen = await corner().trial(command);
    expect(seen).toEqual(await corner().direct(command));
    expect(seen.stdout).toContain("descriptor 2\n");
    expect(seen.stdout).not.toContain("descriptor 3\n");
  });

  test("a reader that has closed the pipe ends the command, as without a trial", async () => {
    await corner().serve(end(answer(0)));
    const words = [COMMAND, "bytes", "3000000", "exit", "0"];
    const ended = async (child: ReturnType<ReturnType<typeof corner>["start"]>) => {
      child.stdout?.destroy();
      return new Promise((done) => child.once("exit", (status, signal) => done({ status, signal })));
    };
    expect(await ended(corner().startTrial(words))).toEqual(await ended(corner().startDirect(words)));
  });

  describe("the answer is the command's", () => {
    const YES = { status: 0, signal: null, stdout: "keys", stderr: "" };
    const keys = [COMMAND, "print", "keys"];

    test("without a service: the one-shot program gets the report", async () => {
      expect(await corner().trial(keys)).toEqual(YES);
      await corner().quiet();
      const within = expect.stringMatching(/^11\d\d\d$/);
      expect(
        corner()
          .oneShots()
          .calls.map(({ words }) => words),
      ).toEqual([
        ["eic-agent", "authorized-keys", "--within", within, "--", "alice", "SHA256:x", "--trial", "\x00keys"],
      ]);
    });

    test("if the service says that it is busy, and the one-shot program is not started", async () => {
      const service = await corner().serve(end(answer(3)));
      expect(await corner().trial(keys)).toEqual(YES);
      await corner().quiet();
      expect(service.asked.length).toBe(1);
      expect(corner().oneShots().calls).toEqual([]);
    });

    test("while the service is silent", async () => {
      await corner().serve(() => undefined);
      expect(await corner().trial(keys)).toEqual(YES);
    });

    test("while all slots are taken", async () => {
      corner().removeSlots();
      expect(await corner().trial(keys)).toEqual(YES);
      await corner().quiet();
      for (const slot of [0, 1, 2, 3]) corner().addSlot(slot);
    });

    test("without the relay, and without the one-shot program", async () => {
      renameSync(`${corner().inside}/usr/libexec/eic-agent/authorized-keys`, `${corner().inside}/usr/libexec/moved`);
      expect(await corner().trial(keys)).toEqual(YES);
      await corner().quiet();
      corner().forbidOneShot();
      renameSync(`${corner().inside}/usr/libexec/moved`, `${corner().inside}/usr/libexec/eic-agent/authorized-keys`);
      expect(await corner().trial(keys)).toEqual(YES);
    });

    test("without a process to spare: the command takes the program's place", async () => {
      expect(await corner().trial(keys, ["prlimit", "--nproc=1:1", "--"])).toEqual(YES);
    });
  });

  describe("runs no command that sshd would not run", () => {
    const refused = { status: 1, signal: null, stdout: "", stderr: "" };
    const keys = ["print", "keys"];

    test.each(["command", "../bin/command", "", "/usr/bin/absent", "/usr/bin"])("%j", async (path) => {
      expect(await corner().trial([path, ...keys])).toEqual(refused);
    });

    test.each([
      { what: "writable by a group", change: (path: string) => chmodSync(path, 0o775) },
      { what: "writable by all", change: (path: string) => chmodSync(path, 0o757) },
      { what: "of another user", change: (path: string) => chownSync(path, 1, 0) },
    ])("$what, and in such a folder", async ({ change }) => {
      const { inside } = corner();
      change(`${inside}${COMMAND}`);
      expect(await corner().trial([COMMAND, ...keys])).toEqual(refused);
      chownSync(`${inside}${COMMAND}`, 0, 0);
      chmodSync(`${inside}${COMMAND}`, 0o755);
      change(`${inside}/usr`);
      symlinkSync("/usr/bin/command", `${inside}/run/link`);
      expect(await corner().trial(["/run/link", ...keys])).toEqual(refused);
      chownSync(`${inside}/usr`, 0, 0);
      chmodSync(`${inside}/usr`, 0o755);
      expect((await corner().trial(["/run/link", ...keys])).stdout).toBe("keys");
      rmSync(`${inside}/run/link`);
    });
  });
}
