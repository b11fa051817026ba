/** The join of records and sshd's lines: each case that is not a plain login, with its answer. */
import { describe, expect, test } from "vitest";
import {
  accepted,
  brief,
  type Case,
  check,
  closed,
  EVE,
  FINGERPRINT,
  joined,
  line,
  OTHER_KEY,
  offer,
} from "./lines.ts";

const AGENT = "/usr/libexec/eic-agent/authorized-keys %u %f:1";
const found = (s: number, pid: number, source: string) =>
  line(s, pid, `Accepted key ED25519 ${FINGERPRINT} found at ${source}`);

describe("who logged in", () => {
  test.each<Case>([
    {
      title: "a login with its two calls",
      entries: [offer(0), offer(1), accepted(1), closed(61)],
      are: ["bob request-1; ended 60 s"],
    },
    {
      title: "a client that signs at once, with one call",
      entries: [offer(0), accepted(0), closed(5)],
      are: ["bob request-1; ended 5 s"],
    },
    {
      title: "a login up to two minutes after the record",
      entries: [offer(0, { expires: 300 }), accepted(120)],
      are: ["bob request-1; not-known"],
    },
    {
      title: "a login more than two minutes after the record",
      entries: [offer(0, { expires: 300 }), accepted(121)],
      are: ["bob request-1; no-login", "other; not-known"],
    },
    { title: "no login", entries: [offer(0), offer(1)], are: ["bob request-1; no-login"] },
    { title: "no record", entries: [accepted(1), closed(2)], are: ["other; ended 1 s"] },
    {
      title: "another user",
      entries: [offer(0, { user: "root" }), accepted(1)],
      are: ["bob request-1; no-login", "other; not-known"],
    },
    {
      title: "another key",
      entries: [offer(0, { fingerprint: OTHER_KEY }), accepted(1)],
      are: ["bob request-1; no-login", "other; not-known"],
    },
    {
      title: "a record that syslog has after the login",
      entries: [accepted(0), offer(1)],
      are: ["bob request-1; not-known"],
    },
    {
      title: "a record long after the login",
      entries: [accepted(0), offer(3)],
      are: ["other; not-known", "bob request-1; no-login"],
    },
    {
      title: "one key for two logins at once",
      entries: [offer(0), offer(0), offer(1), offer(1), accepted(1, 1), accepted(1, 2)],
      are: ["bob request-1; not-known", "bob request-1; not-known"],
    },
    {
      title: "two users with one key",
      entries: [
        offer(0),
        offer(0, { user: "root", caller: EVE, request: "r2" }),
        accepted(1, 1, { user: "root" }),
        accepted(1, 2),
      ],
      are: ["eve r2; not-known", "bob request-1; not-known"],
    },
  ])("$title", check);
});

describe("what is not certain", () => {
  test.each<Case>([
    {
      title: "two callers pushed one key: both are named",
      entries: [offer(0), offer(0, { caller: EVE, request: "r2" }), accepted(1)],
      are: ["bob request-1, eve r2; several-callers; not-known"],
    },
    {
      title: "two callers, and the login before the second push: the first",
      entries: [
        offer(0),
        offer(1),
        accepted(1, 1),
        offer(20),
        offer(20, { caller: EVE, request: "r2" }),
        accepted(21, 2),
      ],
      are: ["bob request-1; not-known", "bob request-1, eve r2; several-callers; not-known"],
    },
    {
      title: "two callers, and the login after the end of the first push: the second",
      entries: [offer(0), offer(70, { caller: EVE, request: "r2", expires: 110 }), accepted(71)],
      are: ["bob request-1; no-login", "eve r2; not-known"],
    },
    {
      title: "the same key pushed twice by one caller: the request id",
      entries: [offer(0), offer(0, { request: "r2" }), accepted(1)],
      are: ["bob request-1, bob r2; several-pushes; not-known"],
    },
    {
      title: "a second login without a record, while the push is valid",
      entries: [offer(0), offer(1), accepted(1, 1), accepted(30, 2)],
      are: ["bob request-1; not-known", "bob request-1; no-own-record; not-known"],
    },
    {
      title: "a second login without a record, after the end of the push: another key file",
      entries: [offer(0), offer(1), accepted(1, 1), accepted(90, 2)],
      are: ["bob request-1; not-known", "other; not-known"],
    },
    {
      title: "a key that sshd found in authorized_keys, though it was pushed as well",
      entries: [offer(0), found(1, 100, "/home/alice/.ssh/authorized_keys:3"), accepted(1)],
      are: ["bob request-1; no-login", "other; not-known"],
    },
    {
      title: "a lost record, if sshd names the command",
      entries: [found(1, 100, AGENT), accepted(1)],
      are: ["unknown; record-missing; not-known"],
    },
    {
      title: "a key of a chained command, which leaves no record",
      entries: [
        found(1, 100, "/usr/libexec/eic-agent/authorized-keys %u %f -- /usr/bin/sss_ssh_authorizedkeys %u:1"),
        accepted(1),
      ],
      are: ["other; not-known"],
    },
    {
      title: "a lost record of a second login, if sshd names the command",
      entries: [offer(0), accepted(1, 1), found(30, 2, AGENT), accepted(30, 2)],
      are: ["bob request-1; not-known", "bob request-1; record-missing; not-known"],
    },
    {
      title: "a lost record that sshd's log does not show",
      entries: [accepted(1)],
      are: ["other; not-known"],
    },
    {
      title: "another method after the key, if the log names the key",
      entries: [
        offer(0),
        line(1, 100, `Partial publickey for alice from 203.0.113.7 port 5100 ssh2: ED25519 ${FINGERPRINT}`),
        line(110, 100, "Accepted keyboard-interactive/pam for alice from 203.0.113.7 port 5100 ssh2"),
      ],
      are: ["bob request-1; not-known"],
    },
    {
      title: "another method after the key, if the log does not name it",
      entries: [offer(0), line(10, 100, "Accepted keyboard-interactive/pam for alice from 203.0.113.7 port 5100 ssh2")],
      are: ["bob request-1; other-method; not-known"],
    },
    {
      title: "another method long after the key",
      entries: [offer(0), line(130, 100, "Accepted password for alice from 203.0.113.7 port 5100 ssh2")],
      are: ["bob request-1; no-login", "other; not-known"],
    },
    {
      title: "a certificate",
      entries: [
        offer(0),
        line(
          1,
          100,
          `Accepted publickey for alice from 203.0.113.7 port 5100 ssh2: ED25519-CERT ${FINGERPRINT} ID x (serial 0) CA RSA ${OTHER_KEY}`,
        ),
      ],
      are: ["bob request-1; no-login", "other; not-known"],
    },
  ])("$title", check);
});

test("logins by other means are left out unless they are requested", () => {
  const entries = [
    accepted(0, 1, { fingerprint: OTHER_KEY }),
    offer(1),
    accepted(2, 2),
    accepted(3, 3, { user: "carol" }),
  ];
  expect(joined(entries, { others: false }).map(brief)).toEqual(["bob request-1; not-known"]);
  expect(joined(entries).map(({ user, by }) => `${user} ${by}`)).toEqual([
    "alice other",
    "alice ec2-instance-connect",
    "carol other",
  ]);
});

test("a login that was found by a late record is listed once, with or without the others", () => {
  for (const others of [true, false]) {
    const logins = joined([accepted(0), offer(1), offer(1, { caller: EVE, request: "r2" }), closed(60)], { others });
    expect(logins.map(brief)).toEqual(["bob request-1, eve r2; several-callers; ended 60 s"]);
  }
});

test("a long user name is compared as far as sshd writes it", () => {
  const user = "u".repeat(120);
  const logins = joined([offer(0, { user }), accepted(1, 100, { user: user.slice(0, 100) })]);
  expect(logins.map(brief)).toEqual(["bob request-1; not-known"]);
});
