/** The last call in the log, judged by its age and by later lines. Lines are in the form that sshd and eic-agent write. */
import { describe, expect, test } from "vitest";
import { type Entry, judgeLastCall, type LastCallFacts } from "../../src/doctor/check/last-call.ts";

const NOW = new Date("2030-01-02T12:00:00Z");
const entry = (at: string, message: string): Entry => ({ at, message });
const GOOD = "key-offered-to-sshd user=alice";
const REFUSED = "key-refused user=alice reason=expired";
const COMPLAINT = "error: AuthorizedKeysCommand /x %u %f failed, status 1";
const read = (facts: Partial<Extract<LastCallFacts, { kind: "read" }>>): LastCallFacts => ({
  kind: "read",
  from: "x",
  ours: undefined,
  sshds: undefined,
  ...facts,
});

describe("the last call", () => {
  test.each<{ title: string; facts: LastCallFacts; status: string; message: RegExp }>([
    { title: "nothing to read", facts: { kind: "none" }, status: "not-applicable", message: /not known/ },
    {
      title: "a closed log",
      facts: { kind: "closed", from: "the journal" },
      status: "not-applicable",
      message: /root/,
    },
    { title: "no record", facts: read({}), status: "not-applicable", message: /no record in x/ },
    {
      title: "a key passed to sshd, long ago",
      facts: read({ ours: entry("2029-12-02T12:00:00Z", GOOD) }),
      status: "ok",
      message: /^31 days ago \(2029-12-02T12:00:00Z\): "key-offered/,
    },
    {
      title: "a key passed to sshd, as JSON",
      facts: read({ ours: entry("x", '{"level":"info","event":"key-offered-to-sshd"}') }),
      status: "ok",
      message: /^x: /,
    },
    {
      title: "a key refused an hour ago",
      facts: read({ ours: entry("2030-01-02T11:00:00Z", REFUSED) }),
      status: "warning",
      message: /^60 min ago .*expired/,
    },
    {
      title: "a key refused last week",
      facts: read({ ours: entry("2029-12-26T11:00:00Z", REFUSED) }),
      status: "not-applicable",
      message: /^7 days ago .*older than a day/,
    },
    {
      title: "a key refused a second short of a day ago",
      facts: read({ ours: entry("2030-01-01T12:00:01Z", REFUSED) }),
      status: "warning",
      message: /^23 h ago/,
    },
    {
      title: "a refusal by a clock that has been set back since",
      facts: read({ ours: entry("2030-01-02T13:00:00Z", REFUSED) }),
      status: "warning",
      message: /^0 s ago/,
    },
    {
      title: "a refusal at a time that cannot be read",
      facts: read({ ours: entry("x", REFUSED), good: entry("2030-01-02T11:00:00Z", GOOD) }),
      status: "warning",
      message: /^x: "key-refused/,
    },
    {
      title: "a refusal before the key that was passed to sshd",
      facts: read({ ours: entry("2030-01-02T11:00:00Z", GOOD), good: entry("2030-01-02T11:00:00Z", GOOD) }),
      status: "ok",
      message: /key-offered/,
    },
    {
      title: "a refusal in the same call as the key that was passed to sshd",
      facts: read({
        ours: entry("2030-01-02T11:00:00.400Z", REFUSED),
        good: entry("2030-01-02T11:00:00.300Z", GOOD),
      }),
      status: "ok",
      message: /key-offered/,
    },
    {
      title: "a refusal after it",
      facts: read({ ours: entry("2030-01-02T11:05:00Z", REFUSED), good: entry("2030-01-02T11:00:00Z", GOOD) }),
      status: "warning",
      message: /key-refused/,
    },
    {
      title: "a Fault as JSON",
      facts: read({ ours: entry("x", '{"event":"fault"}') }),
      status: "warning",
      message: /fault/,
    },
    {
      title: "lines that are not records",
      facts: read({ ours: entry("x", "{key-offered-to-sshd") }),
      status: "warning",
      message: /./,
    },
    {
      title: "a user named fault",
      facts: read({ ours: entry("x", "key-offered-to-sshd user=fault") }),
      status: "ok",
      message: /./,
    },
    {
      title: "sshd's complaint after the key that was passed to sshd",
      facts: read({
        ours: entry("2030-01-02T11:00:00Z", GOOD),
        sshds: entry("2030-01-02T12:30:00+01:00", COMPLAINT),
      }),
      status: "warning",
      message: /^30 min ago .*sshd said/,
    },
    {
      title: "sshd's complaint before it, by a clock of another zone",
      facts: read({
        ours: entry("2030-01-02T11:00:00Z", GOOD),
        sshds: entry("2030-01-02T11:30:00+01:00", COMPLAINT),
      }),
      status: "ok",
      message: /key-offered/,
    },
    {
      title: "sshd's complaint alone, of last week",
      facts: read({ sshds: entry("2029-12-20T11:00:00Z", COMPLAINT) }),
      status: "not-applicable",
      message: /^13 days ago .*sshd said/,
    },
    {
      title: "sshd's complaint alone",
      facts: read({ sshds: entry("x", COMPLAINT) }),
      status: "warning",
      message: /sshd said/,
    },
    {
      title: "syslog's own form of a time, of last year",
      facts: read({ ours: entry("Dec 30 03:04:05", REFUSED) }),
      status: "not-applicable",
      message: /^3 days ago \(Dec 30/,
    },
    {
      title: "syslog's own form, in another month than the key that was passed to sshd",
      facts: read({ ours: entry("Jan  2 11:00:00", GOOD), sshds: entry("Dec 31 11:00:00", COMPLAINT) }),
      status: "ok",
      message: /key-offered/,
    },
  ])("$title: $status", ({ facts, status, message }) => {
    const found = judgeLastCall(facts, NOW);
    expect(found).toMatchObject({ status, message: expect.stringMatching(message) });
  });
});
