/** Lines of text logs, and the year of a time that has none. */
import { describe, expect, test } from "vitest";
import { parseSyslogLine, timeIn } from "../../src/logins/syslog-line.ts";

const newest = new Date("2026-11-28T22:00:00Z");
/** Traditional times are local. */
const local = (text: string) => new Date(text).getTime();

test.each([
  {
    line: "2026-11-28T21:59:59.123456+00:00 ip-10-0-0-1 sshd[133]: Accepted",
    entry: { at: Date.parse("2026-11-28T21:59:59.123Z"), writer: "sshd", pid: 133, message: "Accepted" },
  },
  {
    line: "2026-11-28T23:59:59+02:00 host sshd-session[7]: x: y",
    entry: { at: Date.parse("2026-11-28T21:59:59Z"), writer: "sshd", pid: 7, message: "x: y" },
  },
  {
    line: "Nov 28 21:59:59 host sshd-auth[9]: z",
    entry: { at: local("2026-11-28T21:59:59"), writer: "sshd", pid: 9, message: "z" },
  },
  {
    line: "Nov  2 03:04:05 host eic-agent: key-offered-to-sshd user=a",
    entry: {
      at: local("2026-11-02T03:04:05"),
      writer: "eic-agent",
      pid: undefined,
      message: "key-offered-to-sshd user=a",
    },
  },
  {
    line: "Nov  2 03:04:05 host eic-agent[5]: message repeated 2 times: [ key-offered-to-sshd user=a]",
    entry: { at: local("2026-11-02T03:04:05"), writer: "eic-agent", pid: 5, message: "key-offered-to-sshd user=a" },
  },
])("$line", ({ line, entry }) => {
  expect(parseSyslogLine(line, newest)).toEqual(entry);
});

test.each([
  "Nov 28 21:59:59 host sudo[1]: sshd[2]: Accepted",
  "Nov 28 21:59:59 host mysshd[1]: Accepted",
  "Nov 28 21:59:59 host sshd [1]: Accepted",
  "Foo 28 21:59:59 host sshd[1]: Accepted",
  "2026-13-28T21:59:59Z host sshd[1]: Accepted",
  "Accepted publickey",
  "",
  `Nov 28 21:59:59 host sshd[1]: ${"x".repeat(8193)}`,
])("%.60s is not a line of sshd or of this program", (line) => {
  expect(parseSyslogLine(line, newest)).toBeUndefined();
});

describe("the year of a time without one", () => {
  test.each([
    { text: "Nov 28 22:00:00", by: "2026-11-28T22:00:00", is: "2026-11-28T22:00:00", why: "the same moment" },
    { text: "Nov 29 10:00:00", by: "2026-11-28T22:00:00", is: "2026-11-29T10:00:00", why: "less than a day ahead" },
    { text: "Nov 30 10:00:00", by: "2026-11-28T22:00:00", is: "2025-11-30T10:00:00", why: "more than a day ahead" },
    { text: "Dec 31 23:59:59", by: "2027-01-01T00:00:10", is: "2026-12-31T23:59:59", why: "before the new year" },
    { text: "Jan  1 00:00:01", by: "2026-12-31T23:59:59", is: "2027-01-01T00:00:01", why: "a clock that is behind" },
    { text: "Feb 29 12:00:00", by: "2026-11-28T22:00:00", is: "2024-02-29T12:00:00", why: "a leap day" },
  ])("$text, not after $by: $why", ({ text, by, is }) => {
    expect(timeIn(text, new Date(by))).toBe(local(is));
  });

  test.each(["Feb 31 12:00:00", "Nov 28 25:00:00"])("%s is not a time", (text) => {
    expect(timeIn(text, newest)).toBeUndefined();
  });
});
