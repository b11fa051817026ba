/** The join across changes of the clock and boots, and the end of a login. */
import { describe, expect, test } from "vitest";
import {
  accepted,
  inBoot as boot,
  brief,
  type Case,
  check,
  closed,
  joined,
  line,
  OTHER_KEY,
  offer,
  ZERO,
} from "./lines.ts";

describe("clock and boots", () => {
  test.each<Case>([
    {
      title: "the clock set back in a text file",
      entries: [offer(0), accepted(-3600), closed(-3590)],
      are: ["bob request-1; clock-set-back; ended 10 s"],
    },
    {
      title: "the clock set back during a session, in a text file",
      entries: [offer(0), accepted(1), closed(-3590)],
      are: ["bob request-1; ended ? s"],
    },
    {
      title: "the clock set back in the journal, which has the time since the boot",
      entries: [offer(boot("a", 0)), accepted(boot("a", -3600, 1)), closed(boot("a", -3500, 101))],
      are: ["bob request-1; ended 100 s"],
    },
    {
      title: "the clock set forward in the journal",
      entries: [offer(boot("a", 0)), accepted(boot("a", 3600, 1)), closed(boot("a", 3700, 101))],
      are: ["bob request-1; ended 100 s"],
    },
    {
      title: "the clock set forward in a text file: not joined",
      entries: [offer(0), accepted(3600)],
      are: ["bob request-1; no-login", "other; not-known"],
    },
    {
      title: "a boot between record and login, in the journal",
      entries: [offer(boot("a", 0, 100)), accepted(boot("b", 60, 10))],
      are: ["bob request-1; no-login", "other; not-known"],
    },
    {
      title: "the same process id in another boot",
      entries: [offer(boot("a", 0)), accepted(boot("a", 1)), closed(boot("b", 60, 10))],
      are: ["bob request-1; not-known"],
    },
  ])("$title", check);

  test("a boot between record and login, in a text file", () => {
    const logins = joined([offer(0), accepted(60)], { bootAt: ZERO + 30_000 });
    expect(logins.map(brief)).toEqual(["bob request-1; no-login", "other; not-known"]);
  });

  test.each([
    { title: "in a text file", entries: [offer(0), accepted(1)], bootAt: ZERO + 30_000, now: { at: ZERO + 60_000 } },
    {
      title: "in the journal",
      entries: [offer(boot("a", 0)), accepted(boot("a", 1))],
      bootAt: 0,
      now: { at: ZERO + 60_000, boot: "b", uptime: 5000 },
    },
  ])("a session of an earlier boot has ended, $title", ({ entries, bootAt, now }) => {
    const logins = joined(entries, { bootAt, present: { now, isAlive: () => true } });
    expect(logins.map(brief)).toEqual(["bob request-1; ended-by-restart"]);
  });
});

describe("the end", () => {
  const gone = "Disconnected from user alice 203.0.113.7 port 5100";
  test.each<Case>([
    {
      title: "by the process of the user, if sshd does not use PAM",
      entries: [offer(0), accepted(1), line(31, 777, gone)],
      are: ["bob request-1; ended 30 s"],
    },
    {
      title: "by both: the first",
      entries: [offer(0), accepted(1), line(31, 777, gone), closed(33)],
      are: ["bob request-1; ended 30 s"],
    },
    {
      title: "of another connection",
      entries: [offer(0), accepted(1), line(31, 777, gone.replace("5100", "5101")), closed(40, 101)],
      are: ["bob request-1; not-known"],
    },
    {
      title: "of another user in the same process",
      entries: [offer(0), accepted(1), line(9, 100, "pam_unix(sshd:session): session closed for user root")],
      are: ["bob request-1; not-known"],
    },
    {
      title: "not in the log, and the process id used again",
      entries: [offer(0), accepted(1, 100), accepted(9000, 100, { fingerprint: OTHER_KEY })],
      are: ["bob request-1; ended ? s", "other; not-known"],
    },
  ])("$title", check);

  test.each([
    { alive: true, is: "bob request-1; in-session" },
    { alive: false, is: "bob request-1; ended ? s" },
    { alive: undefined, is: "bob request-1; not-known" },
  ])("not in the log: the process decides ($alive)", ({ alive, is }) => {
    const [login] = joined([offer(0), accepted(1)], { present: { isAlive: () => alive, sessionOf: () => "12" } });
    expect(login && brief(login)).toBe(is);
    expect(login?.session).toBe(alive === true ? "12" : undefined);
  });

  test("two minutes after a record a login may still follow", () => {
    const logins = joined([offer(0)], { present: { now: { at: ZERO + 119_000 } } });
    expect(logins.map(brief)).toEqual(["bob request-1; pending"]);
  });
});
