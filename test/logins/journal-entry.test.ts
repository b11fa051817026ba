/** The entries of the journal that count: those of root's sshd, of the service's unit, and of the one-shot program's user. */
import { describe, expect, test } from "vitest";
import { parseJournalEntry } from "../../src/logins/journal-entry.ts";

const AGENT = 990;
const base = {
  MESSAGE: "text",
  __REALTIME_TIMESTAMP: "1764367200123456",
  __MONOTONIC_TIMESTAMP: "5000000",
  _BOOT_ID: "b",
  _PID: "7",
};
const sshd = { ...base, _UID: "0", SYSLOG_IDENTIFIER: "sshd", _COMM: "sshd", _EXE: "/usr/sbin/sshd" };
const unit = { ...base, _UID: "990", _SYSTEMD_UNIT: "eic-agent.service", SYSLOG_IDENTIFIER: "eic-agent" };
const oneShot = { ...base, _UID: "990", SYSLOG_IDENTIFIER: "eic-agent", _EXE: "/usr/bin/logger" };
const parsed = (fields: object) => parseJournalEntry(JSON.stringify(fields), new Set([AGENT]));
const without = (fields: Record<string, string>, ...names: string[]) =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));

test("an entry has the times of the journal", () => {
  expect(parsed(sshd)).toEqual({ at: 1764367200123, uptime: 5000, boot: "b", pid: 7, writer: "sshd", message: "text" });
});

describe("counts as", () => {
  test.each([
    {
      title: "sshd's: OpenSSH 9.8",
      fields: { ...sshd, SYSLOG_IDENTIFIER: "sshd-session", _EXE: "/usr/lib/openssh/sshd-session" },
      writer: "sshd",
    },
    {
      title: "sshd's: OpenSSH 10",
      fields: { ...sshd, SYSLOG_IDENTIFIER: "sshd-auth", _EXE: "/usr/libexec/openssh/sshd-auth" },
      writer: "sshd",
    },
    { title: "sshd's: replaced by an upgrade", fields: { ...sshd, _EXE: "/usr/sbin/sshd (deleted)" }, writer: "sshd" },
    { title: "sshd's: of a process that has ended", fields: without(sshd, "_EXE", "_COMM"), writer: "sshd" },
    { title: "ours: the service", fields: unit, writer: "eic-agent" },
    { title: "ours: the one-shot program by logger", fields: oneShot, writer: "eic-agent" },
    {
      title: "ours: the one-shot program itself",
      fields: { ...oneShot, _EXE: "/usr/bin/eic-agent" },
      writer: "eic-agent",
    },
  ])("$title", ({ fields, writer }) => {
    expect(parsed(fields)?.writer).toBe(writer);
  });
});

describe("does not count:", () => {
  test.each([
    { title: "a user's logger as sshd", fields: { ...sshd, _UID: "1000", _EXE: "/usr/bin/logger", _COMM: "logger" } },
    { title: "a user's sshd", fields: { ...sshd, _UID: "1000" } },
    { title: "root's su, called by the name of sshd", fields: { ...sshd, _EXE: "/usr/bin/su" } },
    { title: "root's process of another name without a path", fields: { ...without(sshd, "_EXE"), _COMM: "logger" } },
    { title: "root's sshd under another identifier", fields: { ...sshd, SYSLOG_IDENTIFIER: "sudo" } },
    { title: "an entry without a user", fields: without(sshd, "_UID") },
    { title: "a user's logger as eic-agent", fields: { ...oneShot, _UID: "1000" } },
    { title: "root's logger as eic-agent", fields: { ...oneShot, _UID: "0" } },
    { title: "another program of the user", fields: { ...oneShot, _EXE: "/usr/bin/python3" } },
    { title: "another identifier of the user", fields: { ...oneShot, SYSLOG_IDENTIFIER: "sshd" } },
    { title: "another unit", fields: { ...unit, _UID: "1000", _SYSTEMD_UNIT: "user@1000.service" } },
    { title: "a unit that a user names as a field", fields: { ...base, _UID: "1000", UNIT: "eic-agent.service" } },
    { title: "a message of bytes", fields: { ...sshd, MESSAGE: [65, 66] } },
    { title: "a field twice", fields: { ...sshd, _UID: ["0", "1000"] } },
    { title: "a long message", fields: { ...sshd, MESSAGE: "x".repeat(8193) } },
    { title: "an entry without a time", fields: without(sshd, "__REALTIME_TIMESTAMP") },
  ])("$title", ({ fields }) => {
    expect(parsed(fields)).toBeUndefined();
  });

  test.each(["", "{", "[]", "null", "-- No entries --"])("the line %j", (line) => {
    expect(parseJournalEntry(line, new Set([AGENT]))).toBeUndefined();
  });
});
