/** Facts that the doctor could not read are never ok, and a user's missing permission is not a failure of the host. */
import { describe, expect, test } from "vitest";
import { judgeMachine, type MachineFacts } from "../../src/doctor/check/machine.ts";
import { judgeReach } from "../../src/doctor/check/reach.ts";
import { judgeSlots, judgeSocket, type SocketFacts } from "../../src/doctor/check/socket.ts";
import { denialsIn } from "../../src/doctor/probe/denials.ts";
import { lookAtReach } from "../../src/doctor/probe/service.ts";
import { DEFAULTS } from "../../src/settings/defaults.ts";
import type { Exec, ExecResult } from "../../src/sshd/inspect/exec.ts";
import { Fault } from "../../src/verify/errors.ts";

const AVC = 'avc:  denied  { name_connect } for  pid=812 comm="eic-agent" scontext=system_u:system_r:sshd_t:s0';
const journal = (ran: Partial<ExecResult> | undefined): Exec => ({
  find: () => (ran === undefined ? undefined : "/usr/bin/journalctl"),
  run: async () => ({ status: 0, stdout: "", stderr: "", ...ran }),
  root: false,
});
const HINT = "Hint: You are currently not seeing messages from other users and the system.";

describe("denials", () => {
  test.each([
    { title: "nothing to read: not known", ran: undefined, is: undefined },
    { title: "a journal without a denial", ran: { stdout: "eth0: link up\n" }, is: [] },
    { title: "a journal with one", ran: { stdout: `${AVC}\n` }, is: [AVC] },
    { title: "a journal that is closed to this user: not known", ran: { status: 1, stderr: HINT }, is: undefined },
    { title: "a journal that shows only this user's own lines", ran: { stderr: HINT }, is: undefined },
    { title: "no journal on this host", ran: { status: 1, stderr: "No journal files were found." }, is: undefined },
    { title: "a journalctl that fails", ran: { status: 1, stderr: "Bad message" }, is: undefined },
  ])("$title", async ({ ran, is }) => {
    expect(await denialsIn(journal(ran), () => [], [])).toEqual(is);
  });

  test.each([
    { title: "an unreadable log, and a journal without a denial: not known", lines: undefined, is: undefined },
    { title: "a log and a journal without a denial", lines: ["x"], is: [] },
    { title: "a log with one", lines: [AVC], is: [AVC] },
  ])("$title", async ({ lines, is }) => {
    // Any existing file will do.
    expect(await denialsIn(journal({}), () => lines, ["/etc/passwd", "/nowhere/audit.log"])).toEqual(is);
  });

  test("a denial that was found counts, even if other logs are closed", async () => {
    expect(await denialsIn(journal({ stdout: AVC }), () => undefined, ["/etc/passwd"])).toEqual([AVC]);
  });
});

describe("the service's socket", () => {
  const entry = { kind: "file", uid: 0, gid: 2999, mode: 0o640 } as const;
  const facts: SocketFacts = {
    way: "service",
    behind: {
      units: { kind: "unknown", message: "Connection refused" },
      socket: { kind: "socket", uid: 0, gid: 2999, mode: 0o660 },
      folder: { kind: "folder", uid: 0, gid: 0, mode: 0o755 },
      slots: [entry, entry, entry, entry],
      makeSlots: "make",
    },
    flaw: undefined,
    slots: 4,
    group: 2999,
    user: undefined,
    keptOut: { socket: undefined, slots: undefined },
  };
  test("whose unit systemd does not report", () => {
    expect(judgeSocket(facts)).toMatchObject({ status: "not-applicable", message: expect.stringContaining("refused") });
  });

  test("whose group could not be looked up", () => {
    expect(judgeSocket({ ...facts, group: undefined }).status).toBe("warning");
    expect(judgeSlots({ ...facts, group: undefined }).status).toBe("not-applicable");
    expect(judgeSlots(facts).status).toBe("ok");
  });

  test("whose service systemd does not report", () => {
    const reach = lookAtReach(facts.behind, "service", DEFAULTS, false);
    expect(judgeReach(reach)).toMatchObject({
      status: "not-applicable",
      message: "systemd does not report: Connection refused",
    });
  });
});

describe("settings and anchors", () => {
  const fault = new Fault("FILE_UNREADABLE", "/etc/eic-agent/config.toml: EACCES", { file: "x" });
  const facts: MachineFacts = {
    machine: { kind: "value", value: { kind: "not-ec2" } },
    identity: undefined,
    settings: { kind: "fault", fault },
    settingsFile: { path: "/etc/eic-agent/config.toml", exists: true, blockedBy: undefined },
    anchors: { kind: "fault", fault },
    anchorFiles: [],
    user: "eic-agent",
    root: false,
  };
  const status = (more: Partial<MachineFacts>) =>
    judgeMachine({ ...facts, ...more }).map(({ check, status: found, needsRoot }) => [
      check,
      found,
      needsRoot === true,
    ]);

  test("that are closed to the current user, and perhaps not to sshd's command", () => {
    expect(status({})).toEqual([
      ["instance", "not-applicable", false],
      ["identity", "not-applicable", false],
      ["settings", "not-applicable", true],
      ["anchors", "not-applicable", true],
    ]);
  });

  test("that root cannot read either", () => {
    expect(status({ root: true }).slice(2)).toEqual([
      ["settings", "failed", false],
      ["anchors", "failed", false],
    ]);
  });
});
